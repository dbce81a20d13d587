"""The Truncation screen: its numbers, its pictures, and the time it saves once that has been measured."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from tdot_core.maths.schedule import NoiseSchedule
from tdot_core.services.evaluation import EvaluationRow


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


def test_a_step_off_the_chain_is_explained(screen: Callable[..., AppTest]) -> None:
    app = screen("truncation", t="5000", images="gone")
    assert app.slider(key="t").value == 100
    said = " ".join(caption.value for caption in app.caption)
    assert "5000" in said and "from 1 to 1000" in said and "gone" in said


def test_time_saved_is_shown_once_measured(screen: Callable[..., AppTest], shipped_table: list[EvaluationRow]) -> None:
    shown = numbers(screen("truncation", t="600"))
    assert shown["Time saved"] == "2.0 s", "400 calls of 5 ms"


def test_time_saved_is_not_made_up(screen: Callable[..., AppTest], no_assets: object) -> None:
    assert "Time saved" not in numbers(screen("truncation"))
