"""The Overview: the walk, the numbers of a start, the leaderboard, the next click."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from streamlit.testing.v1 import AppTest

from tdot_core.services.evaluation import EvaluationRow


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


def test_the_leaderboard_ranks_the_shipped_rows(
    shipped_table: list[EvaluationRow], screen: Callable[..., AppTest]
) -> None:
    app = screen()
    frame = app.dataframe[0].value
    assert frame["prior"].tolist() == ["ORACLE", "GAN", "VANILLA"]
    assert frame["FD-cnn"].tolist() == sorted(frame["FD-cnn"])
    assert any("64 images" in caption.value for caption in app.caption)


def test_without_a_table_it_says_so_and_leads_to_evaluate(no_assets: Path, screen: Callable[..., AppTest]) -> None:
    app = screen()
    assert any("No benchmark table" in text.value for text in app.markdown)
    assert len(app.dataframe) == 0
    assert [button.label for button in app.button] == ["Compare the priors"], "one obvious next click"


def test_a_damaged_table_is_a_sentence(no_assets: Path, screen: Callable[..., AppTest]) -> None:
    (no_assets / "benchmark").mkdir()
    (no_assets / "benchmark" / "rows.json").write_text("{broken")
    assert "benchmark" in screen().error[0].value
