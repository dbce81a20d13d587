"""Links made when the screens had other words for their settings lead where they led."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from ui.evaluate import form
from ui.features import settings
from ui.sample import controls

SAMPLE = {"t": "77", "steps": "3", "n": "4", "seed": "5", "clip": "false", "prior": ["ot", "vanilla"]}
EVALUATE = {
    "t": ["12", "30"],
    "e_steps": "4",
    "e_n": "8",
    "e_sets": "3",
    "e_seed": "9",
    "e_clip": "false",
    "e_floor": "false",
    "data": "digits",
    "prior": "ot",
}
FEATURES = {"f_t": "60", "f_steps": "2", "f_n": "8", "f_real": "60", "f_seed": "3", "data": "digits", "draw": "0"}


def values(app: AppTest) -> dict[str, object]:
    boxes = [*app.slider, *app.number_input, *app.toggle, *app.selectbox, *app.multiselect]
    return {str(box.key): box.value for box in boxes}


def asked(app: AppTest) -> set[str]:
    return {str(name) for name in app.query_params}


def test_sample(screen: Callable[..., AppTest], tiny: Path) -> None:
    app = screen("sample", **SAMPLE)
    found = values(app)
    assert (found["t_star"], found["n_steps"], found["n"], found["seed"], found["clip_x0"]) == (77, 3, 4, 5, False)
    assert {"t_star", "n_steps", "clip_x0"} <= asked(app) and not set(controls.FORMER) & asked(app)
    assert found == values(screen("sample", **{controls.FORMER.get(k, k): v for k, v in SAMPLE.items()}))


def test_evaluate(screen: Callable[..., AppTest], measuring: Path) -> None:
    app = screen("evaluate", **EVALUATE)
    found = values(app)
    assert found["e_ts"] == ["12", "30"] and found["clip_x0"] is found["include_floor"] is False
    assert (found["n_steps"], found["n"], found["sets"], found["seed"]) == (4, 8, 3, 9)
    assert not set(form.FORMER) & asked(app)


def test_features(screen: Callable[..., AppTest], measuring: Path) -> None:
    app = screen("features", **FEATURES)
    found = values(app)
    assert tuple(found[key] for key in ("t_star", "n_steps", "n", "n_real", "seed")) == (60, 2, 8, 60, 3)
    assert not set(settings.FORMER) & asked(app)


def test_the_present_word_wins(screen: Callable[..., AppTest], tiny: Path) -> None:
    assert values(screen("sample", t="10", t_star="300", n="4", n_steps="2", prior="vanilla"))["t_star"] == 300


@pytest.mark.parametrize("former", [controls.FORMER, form.FORMER, settings.FORMER])
def test_no_word_is_former_and_present(former: dict[str, str]) -> None:
    assert not set(former) & set(former.values())


def test_words_that_screens_share_carry_nothing_over_and_each_screen_finds_its_own_again(
    screen: Callable[..., AppTest], measuring: Path
) -> None:
    app = screen("sample", n="4", n_steps="3", seed="7", prior="vanilla")
    for page, expected in (("evaluate", (500, 10, 0)), ("features", (128, 10, 0)), ("sample", (4, 3, 7))):
        app.query_params.clear()
        app.query_params["draw"] = "0"
        app.switch_page(f"pages/{page}.py").run()
        assert not app.exception and not app.warning
        found = values(app)
        assert (found["n"], found["n_steps"], found["seed"]) == expected, page
