"""The Benchmark screen: filters, figures, table, download, and what it says with nothing to show."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tdot_core.services.evaluation import EvaluationRow
from tdot_core.services.evaluation.command import commands_of
from tdot_core.services.evaluation.rows import write_rows
from tdot_core.services.runs.store import create_run


def traces(app: AppTest, key: str) -> dict[str, Any]:
    """Return the named traces of a chart."""
    spec = next(json.loads(c.proto.spec) for c in app.get("plotly_chart") if c.proto.id.endswith(key))
    return {trace["name"]: trace for trace in spec["data"] if trace.get("name")}


def test_no_rows_lead_to_evaluate(no_assets: Path, screen: Callable[..., AppTest]) -> None:
    assert [button.label for button in screen("benchmark").button] == ["Evaluate priors"]


def test_every_row_is_in_the_table_and_the_figures(
    shipped_table: list[EvaluationRow], screen: Callable[..., AppTest]
) -> None:
    app = screen("benchmark")
    assert len(app.dataframe[0].value) == len(shipped_table)
    (command,) = app.code
    assert command.value == "\n".join(commands_of(shipped_table)) and "--prior gan --prior oracle" in command.value
    assert set(traces(app, "cost-figure")) - {"Pareto front"} == {"VANILLA", "GAN", "ORACLE"}
    assert set(traces(app, "step-figure")) == {"VANILLA", "GAN", "ORACLE"}
    assert traces(app, "step-figure")["ORACLE"]["fill"] == "tozeroy"


def test_filters_narrow_rows_and_live_in_the_address(
    shipped_table: list[EvaluationRow], screen: Callable[..., AppTest]
) -> None:
    app = screen("benchmark", prior=["GAN"], sampler=["ddim"], metric="Recall", cost="Seconds")
    assert not [caption.value for caption in app.caption if "not there" in caption.value]
    frame = app.dataframe[0].value
    assert len(frame) == 2 and "sampler" not in frame, "what all rows share is said below"
    assert list(traces(app, "step-figure")) == ["GAN"]
    app.button_group(key="prior").set_value([]).run()
    assert not app.exception
    assert "Nothing is left" in app.info[0].value


def test_the_users_own_evaluations_join_the_table(
    shipped_table: list[EvaluationRow], screen: Callable[..., AppTest]
) -> None:
    run = create_run("evaluation", {})
    write_rows(run, shipped_table[:1])
    frame = screen("benchmark").dataframe[0].value
    assert frame["from"].tolist().count(run.id) == 1 and len(frame) == len(shipped_table) + 1


def test_the_number_of_images_stays_in_the_address_and_in_other_spaces(
    shipped_table: list[EvaluationRow], no_assets: Path, screen: Callable[..., AppTest]
) -> None:
    large = [dataclasses.replace(row, n=5000, sets=3) for row in shipped_table]
    deep = [dataclasses.replace(row, extractor="inception", layer="64") for row in shipped_table]
    rows = [row.to_json() for row in [*shipped_table, *large, *deep]]
    (no_assets / "benchmark" / "rows.json").write_text(json.dumps(rows))
    app = screen("benchmark")
    assert app.selectbox(key="b_size").value == "3 x 5,000", "of equally many rows the larger"
    app.selectbox(key="b_size").set_value("2 x 64").run()
    assert app.query_params["size"] == ["2 x 64"] or app.query_params["size"] == "2 x 64"
    app.selectbox(key="space").set_value("digits, inception 64").run()
    assert not app.exception and app.selectbox(key="b_size").value == "2 x 64"
    app = screen("benchmark", size="3 x 5,000", space="digits, inception 64")
    assert any("3 x 5,000" in caption.value.replace("\\", "") for caption in app.caption)
    assert app.selectbox(key="b_size").value == "2 x 64"


def test_two_models_of_one_name_are_told_apart(
    shipped_table: list[EvaluationRow], screen: Callable[..., AppTest]
) -> None:
    gan = next(row for row in shipped_table if row.key == "gan")
    for name in ("gan-one", "gan-two"):
        write_rows(create_run("evaluation", {}), [dataclasses.replace(gan, label="Mine", run=name, prior=name)])
    found = set(traces(screen("benchmark"), "step-figure"))
    assert found == {"VANILLA", "GAN", "ORACLE", "Mine (-one)", "Mine (-two)"}


def test_what_is_the_denoisers_and_what_the_priors_part_is_shown(
    shipped_table: list[EvaluationRow], screen: Callable[..., AppTest]
) -> None:
    app = screen("benchmark")
    assert "Whose error is it?" in [item.value for item in app.subheader]
    app.button_group(key="start").set_value("100").run()
    found = traces(app, "e_split")
    floor, gap = found["denoiser's floor (oracle)"], found["prior's error (gap), in the prior's colour"]
    drawn = [row for row in shipped_table if row.key != "oracle" and row.t_star == 100]
    assert [name.partition(",")[0] for name in floor["y"]] == [row.label for row in drawn] and len(drawn) == 4
    sums = [a + b for a, b in zip(floor["x"], gap["x"], strict=True)]
    assert sums == pytest.approx([row.metrics["fd"].value for row in drawn]) and min(floor["x"]) > 0


def test_rows_on_unequal_numbers_of_images_are_not_compared_unasked(
    shipped_table: list[EvaluationRow], screen: Callable[..., AppTest]
) -> None:
    run = create_run("evaluation", {})
    own = dataclasses.replace(shipped_table[0], n=17)
    write_rows(run, [own])
    app = screen("benchmark")
    assert len(app.dataframe[0].value) == len(shipped_table)
    assert any("other numbers of images: 1 " in caption.value for caption in app.caption)
    app.selectbox(key="b_size").set_value("2 x 17").run()
    assert app.dataframe[0].value["from"].tolist() == [run.id]
    app.selectbox(key="b_size").set_value("any").run()
    assert len(app.dataframe[0].value) == len(shipped_table) + 1
