"""The Truncation screen: its numbers, its pictures, and the time it saves once that has been measured."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tdot_core.maths.schedule import NoiseSchedule
from tdot_core.services.results.rows import EvaluationRow
from tdot_core.services.storage.files import write_json
from ui import cached
from ui.server.pace import call_of, pace


def numbers(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


@pytest.mark.parametrize(("t", "schedule"), [(1, "linear"), (250, "cosine"), (1000, "linear")])
def test_numbers_follow_the_schedule(t: int, schedule: str, screen: Callable[..., AppTest]) -> None:
    app = screen("truncation", t=str(t), schedule=schedule)
    shown, truth = numbers(app), NoiseSchedule(schedule)
    assert float(shown["noise_std"]) == pytest.approx(truth.noise_std[t], abs=1e-3)
    assert float(shown["SNR"].split()[0]) == pytest.approx(truth.snr_db[t], abs=0.1)
    assert float(shown["alpha_bar"]) == pytest.approx(truth.alpha_bar[t], abs=1e-4)
    assert int(shown["Steps saved"].replace(",", "")) == 1000 - t


def test_moving_the_slider_changes_the_picture(screen: Callable[..., AppTest]) -> None:
    app = screen("truncation")
    before = app.get("image")[0].value
    app.slider(key="t").set_value(400).run()
    assert not app.exception
    assert app.get("image")[0].value != before
    assert any("t = 400" in caption.value for caption in app.caption)


def test_photographs_with_credits_stand_where_no_data_set_is(screen: Callable[..., AppTest]) -> None:
    app = screen("truncation")
    assert app.selectbox(key="images").value == "Photographs"
    said = " ".join(caption.value for caption in app.caption)
    assert "pagoda" in said and "danielbuechele" in said and "creativecommons.org/licenses/by/2.0" in said
    before = app.get("image")[0].value
    app.button(key="next-row").click().run()
    assert not app.exception and app.get("image")[0].value != before
    assert app.query_params["row"] == "1" and "helmet" in " ".join(caption.value for caption in app.caption)
    assert "row = 1e9" in " ".join(c.value for c in screen("truncation", row="1e9").caption)


def test_a_step_off_the_chain_is_explained(screen: Callable[..., AppTest]) -> None:
    app = screen("truncation", t="5000", images="gone")
    assert app.slider(key="t").value == 100
    said = " ".join(caption.value for caption in app.caption)
    assert "5000" in said and "from 1 to 1000" in said and "gone" in said


def test_time_saved_is_shown_once_measured(screen: Callable[..., AppTest], shipped_table: list[EvaluationRow]) -> None:
    shown = numbers(screen("truncation", t="600"))
    assert shown["Time saved"] == "2.0 s", "400 calls of 5 ms"


def test_what_was_drawn_here_goes_before_the_shipped_table(screen: Callable[..., AppTest], cache: Path) -> None:
    write_json(cache / "pace.json", {call_of(cached.stamp("denoiser")): 0.010})
    pace.clear()
    app = screen("truncation", t="600")
    assert numbers(app)["Time saved"] == "4.0 s", "400 calls of 10 ms"
    (saved,) = [metric for metric in app.metric if metric.label == "Time saved"]
    assert "this machine" in saved.help and "what Sample drew here" in saved.help
    pace.clear()


def test_every_chart_has_its_numbers_beside_it(screen: Callable[..., AppTest]) -> None:
    app = screen("truncation")
    assert len(app.get("plotly_chart")) == 3
    assert [button.label for button in app.get("download_button")] == ["CSV"] * 3


def test_time_saved_is_not_made_up(screen: Callable[..., AppTest], no_assets: object) -> None:
    assert "Time saved" not in numbers(screen("truncation"))


def test_linear_theory_stands_beside_the_measured_marks(screen: Callable[..., AppTest]) -> None:
    app = screen("truncation", t="200")
    assert numbers(app)["Directions above the noise"] == "106 of 3,072"
    table = app.dataframe[0].value.set_index("prior")
    assert list(table.index)[0] == "Gaussian" and table.loc["Gaussian", "beats pure noise from"] == "100"
    assert table.loc["VAE (published)", "beats pure noise from"] == "none measured"
    assert table.loc["Gaussian", "suggested t*, 10 calls"] == "80"
    app.number_input(key="calls").set_value(50).run()
    assert (
        not app.exception
        and app.dataframe[0].value.set_index("prior").loc["Gaussian", "suggested t*, 50 calls"] == "160"
    )
    cosine = screen("truncation", t="200", schedule="cosine")
    assert "Components 1, 10 and 100 emerge at" in numbers(cosine), "the data alone, under any schedule"
    assert all("prior" not in frame.value for frame in cosine.dataframe) and "linear schedule" in " ".join(
        caption.value for caption in cosine.caption
    )
    below = screen("truncation", t="5").dataframe[0].value.set_index("prior")
    assert below.loc["OT (local)", "error left at t* = 5"] == "serves t* from 10"


def test_without_what_ships_nothing_is_predicted(screen: Callable[..., AppTest], no_assets: object) -> None:
    assert "Directions above the noise" not in numbers(screen("truncation"))
