"""The Benchmark screen: filters, figures, table, download, and what it says with nothing to show."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tdot_core.services.results.benchmark import SHIPPED, TableRow
from tdot_core.services.results.commands import commands_of
from tdot_core.services.results.rows import EvaluationRow, write_rows
from tdot_core.services.runs.store import create_run
from ui.results.rows import row_id


def traces(app: AppTest, key: str) -> dict[str, Any]:
    """Return the named traces of a chart."""
    spec = next(json.loads(c.proto.spec) for c in app.get("plotly_chart") if c.proto.id.endswith(key))
    return {trace["name"]: trace for trace in spec["data"] if trace.get("name")}


def test_no_rows_lead_to_evaluate(no_assets: Path, screen: Callable[..., AppTest]) -> None:
    assert [button.label for button in screen("benchmark").button] == ["Evaluate priors"]


def test_the_frontier_sets_oracle_and_whole_chains_apart(
    shipped_table: list[EvaluationRow], screen: Callable[..., AppTest]
) -> None:
    app = screen("benchmark")
    found = traces(app, "frontier")
    assert {"VANILLA", "GAN"} <= set(found) and "ORACLE" not in found
    assert any("no contestant" in caption.value for caption in app.caption)
    seconds = traces(screen("benchmark", cost="Seconds"), "frontier")
    assert list(seconds["GAN"]["x"]) == [pytest.approx(0.06)]


def test_only_the_open_tab_is_computed(shipped_table: list[EvaluationRow], screen: Callable[..., AppTest]) -> None:
    charts = {"Frontier": "frontier", "Heat map": "heat", "Floor and gap": "step-figure"}
    for tab, key in charts.items():
        shown = [c.proto.id for c in screen("benchmark", tab=tab).get("plotly_chart")]
        assert any(name.endswith(key) for name in shown)
        assert not [name for name in shown for other in set(charts.values()) - {key} if name.endswith(other)]
    app = screen("benchmark", tab="No such tab")
    assert any("No such tab" in caption.value for caption in app.caption) and traces(app, "frontier")


def test_the_heat_map_has_every_prior_and_start(
    shipped_table: list[EvaluationRow], screen: Callable[..., AppTest]
) -> None:
    found = traces(screen("benchmark", tab="Heat map"), "heat")
    assert found["contestants"]["y"] == ["VANILLA", "GAN"] and found["contestants"]["x"] == ["10", "100"]
    assert found["apart"]["y"] == ["ORACLE"]


def test_every_row_is_in_the_table(shipped_table: list[EvaluationRow], screen: Callable[..., AppTest]) -> None:
    app = screen("benchmark", tab="Table")
    frame = app.dataframe[0].value
    assert len(frame) == len(shipped_table)
    assert frame["prior"].tolist()[-4:] == ["ORACLE"] * 4, "no contestant, so below them"
    assert frame["FD-cnn"].tolist()[:-4] == sorted(frame["FD-cnn"].tolist()[:-4])
    (command,) = app.code
    assert set(command.value.splitlines()) == set(commands_of(shipped_table)) and "--prior oracle" in command.value


def test_the_table_is_searched_and_shows_the_columns_asked_for(
    shipped_table: list[EvaluationRow], screen: Callable[..., AppTest]
) -> None:
    app = screen("benchmark", tab="Table", q="gan t*=10 dpmpp")
    assert app.dataframe[0].value[["prior", "t*"]].to_numpy().tolist() == [["GAN", 10]]
    app.text_input(key="q").set_value("no such thing").run()
    assert "No row" in app.info[0].value and not app.exception
    app = screen("benchmark", tab="Table", columns=["Recall"])
    assert list(app.dataframe[0].value) == ["prior", "t*", "Recall"]


def test_a_row_opens_with_its_pictures_settings_and_command(
    shipped_table: list[EvaluationRow], screen: Callable[..., AppTest]
) -> None:
    vanilla = next(row for row in shipped_table if row.key == "vanilla")
    app = screen("benchmark", tab="Table", row=row_id(TableRow(vanilla, SHIPPED)))
    assert commands_of([vanilla])[0] in [code.value for code in app.code]
    settings = next(f.value for f in app.dataframe if "setting" in f.value)
    assert settings.set_index("setting").loc["steps", "value"] == "10"
    values = next(f.value for f in app.dataframe if "metric" in f.value).set_index("metric")
    assert (
        values.loc["FD-cnn", "value"] == f"{vanilla.metrics['fd'].value:.2f}"
        and values.loc["FD-cnn", "error"] == "± 0.10"
    )
    assert [e.value for e in app.error], "there is no denoiser here, and that is said"
    app.button(key="close-row").click().run()
    assert not app.exception and "row" not in app.query_params


def test_filters_narrow_rows_and_live_in_the_address(
    shipped_table: list[EvaluationRow], screen: Callable[..., AppTest]
) -> None:
    app = screen("benchmark", tab="Table", prior=["GAN"], sampler=["ddim"], metric="Recall", calls="11")
    assert not [caption.value for caption in app.caption if "not there" in caption.value]
    frame = app.dataframe[0].value
    assert len(frame) == 2 and "sampler" not in frame, "what all rows share is said below"
    app.selectbox(key="calls").set_value("10").run()
    assert "Nothing is left" in app.info[0].value
    app.selectbox(key="calls").set_value("any").run()
    app.button_group(key="prior").set_value([]).run()
    assert not app.exception
    assert "Nothing is left" in app.info[0].value


def test_the_users_own_evaluations_join_the_table(
    shipped_table: list[EvaluationRow], screen: Callable[..., AppTest]
) -> None:
    run = create_run("evaluation", {})
    write_rows(run, shipped_table[:1])
    frame = screen("benchmark", tab="Table").dataframe[0].value
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
    found = set(traces(screen("benchmark", tab="Floor and gap"), "step-figure"))
    assert found == {"VANILLA", "GAN", "ORACLE", "Mine (-one)", "Mine (-two)"}


def test_what_is_the_denoisers_and_what_the_priors_part_is_shown(
    shipped_table: list[EvaluationRow], screen: Callable[..., AppTest]
) -> None:
    app = screen("benchmark", tab="Floor and gap")
    assert traces(app, "step-figure")["ORACLE"]["fill"] == "tozeroy"
    assert "Whose error is it?" in [item.value for item in app.subheader]
    app.button_group(key="start").set_value("100").run()
    found = traces(app, "e_split")
    floor, gap = found["denoiser's floor (oracle)"], found["prior's error (gap), in the prior's colour"]
    # Of each prior the better of its two samplers.
    drawn = [row for row in shipped_table if row.key != "oracle" and row.t_star == 100 and row.sampler == "dpmpp-2m"]
    assert list(floor["y"]) == [row.label for row in drawn] and len(drawn) == 2
    sums = [a + b for a, b in zip(floor["x"], gap["x"], strict=True)]
    assert sums == pytest.approx([row.metrics["fd"].value for row in drawn]) and min(floor["x"]) > 0


def test_rows_on_unequal_numbers_of_images_are_not_compared_unasked(
    shipped_table: list[EvaluationRow], screen: Callable[..., AppTest]
) -> None:
    run = create_run("evaluation", {})
    own = dataclasses.replace(shipped_table[0], n=17)
    write_rows(run, [own])
    app = screen("benchmark", tab="Table")
    assert len(app.dataframe[0].value) == len(shipped_table)
    assert any("other numbers of images: 1 " in caption.value for caption in app.caption)
    app.selectbox(key="b_size").set_value("2 x 17").run()
    assert app.dataframe[0].value["from"].tolist() == [run.id]
    app.selectbox(key="b_size").set_value("any").run()
    assert len(app.dataframe[0].value) == len(shipped_table) + 1
