"""The Overview: the walk, the numbers of a start, the result, the next clicks, the tour."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from streamlit.testing.v1 import AppTest

from tdot_core.services.results.benchmark import shipped_rows
from tdot_core.services.results.headline import findings, sentence


def numbers(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def test_the_start_sets_the_picture_and_the_numbers(screen: Callable[..., AppTest]) -> None:
    app = screen()
    assert numbers(app)["Steps walked"] == "100" and numbers(app)["Network calls"] == "10× fewer"
    app.button_group(key="start").set_value(10).run()
    assert not app.exception
    assert numbers(app)["Network calls"] == "100× fewer"
    assert any("990 steps never run" in block.proto.body for block in app.get("html"))


def test_the_address_sets_the_start_and_a_wrong_one_is_explained(screen: Callable[..., AppTest]) -> None:
    assert numbers(screen(start="300"))["Steps walked"] == "300"
    app = screen(start="77")
    assert numbers(app)["Steps walked"] == "100"
    assert any("start = 77" in caption.value for caption in app.caption)


def test_the_result_is_a_sentence_and_a_figure_made_from_the_table(screen: Callable[..., AppTest]) -> None:
    app = screen()
    (text,) = [m.value.replace("\\", "") for m in app.markdown if "whole chain" in m.value and m.value.startswith("**")]
    rows = [item.row for item in shipped_rows()]
    assert text == f"**{sentence(findings(rows))}**" and "FID-768" in text and "FD-cnn" in text
    assert any(c.proto.id.endswith("result") for c in app.get("plotly_chart"))
    assert any("no contestant" in caption.value for caption in app.caption)


def test_three_next_clicks(screen: Callable[..., AppTest]) -> None:
    labels = [button.label for button in screen().button]
    assert labels == ["Take the tour", "Compare the priors", "Look among real images", "Weigh cost and quality"]


def test_without_a_table_it_says_so_and_leads_to_evaluate(no_assets: Path, screen: Callable[..., AppTest]) -> None:
    app = screen()
    assert any("No benchmark table" in text.value for text in app.markdown)
    assert len(app.dataframe) == 0
    assert len(app.get("plotly_chart")) == 0


def test_a_damaged_table_is_a_sentence(no_assets: Path, screen: Callable[..., AppTest]) -> None:
    (no_assets / "benchmark").mkdir()
    (no_assets / "benchmark" / "rows.json").write_text("{broken")
    assert "benchmark" in screen().error[0].value
