"""The form made from a Config: fields, limits, and values from elsewhere."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from ui.widgets.config_form import base_type, fits, sensible_step


def form() -> None:
    from dataclasses import dataclass

    import streamlit as st

    from tdot_core.config import build_config, setting
    from ui.widgets.config_form import config_form

    @dataclass(frozen=True)
    class Config:
        t_train: int = setting(10, "Step", low=1, high=1000)
        width: int = setting(32, "Width", low=8, high=128, step=8)
        lr: float = setting(2e-4, "Step size", low=1e-6, high=0.1)
        noise: str = setting("fixed", "Noise", choices=("fixed", "fresh"))
        inject: bool = setting(False, "Inject")
        limit: int | None = setting(None, "Limit", low=1)
        ema: float = setting(0.999, "Decay", low=0.0, high=0.9999, advanced=True)

    Config.__annotations__ = {
        "t_train": int,
        "width": int,
        "lr": float,
        "noise": str,
        "inject": bool,
        "limit": int | None,
        "ema": float,
    }
    values = config_form(Config, "f", {"t_train": 77, "width": 4096, "noise": "odd"})
    st.session_state["built"] = build_config(Config, values).__dict__


def test_widgets_follow_the_metadata_and_build_the_config() -> None:
    app = AppTest.from_function(form).run()
    assert not app.exception, app.exception
    width = app.number_input(key="f-width")
    assert (width.min, width.max, width.step, width.value, width.help) == (8, 128, 8, 32, "Width")
    assert app.session_state["built"] == {
        "t_train": 77,
        "width": 32,
        "lr": 2e-4,
        "noise": "fixed",
        "inject": False,
        "limit": None,
        "ema": 0.999,
    }
    assert app.expander[0].number_input[0].key == "f-ema"
    app.toggle(key="f-inject").set_value(True)
    app.selectbox(key="f-noise").set_value("fresh")
    app.number_input(key="f-lr").set_value(0.001).run()
    built = app.session_state["built"]
    assert built["inject"] is True and built["noise"] == "fresh" and built["lr"] == 0.001


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (5, True),
        (0, False),
        (101, False),
        (5.5, False),
        ("5", False),
        (True, False),
        (None, False),
        (float("nan"), False),
    ],
)
def test_only_fitting_values_are_taken_from_elsewhere(value: Any, expected: bool) -> None:
    field = dataclasses.make_dataclass(
        "C", [("x", int, dataclasses.field(default=1, metadata={"low": 1, "high": 100}))]
    )
    assert fits(dataclasses.fields(field)[0], int, value) is expected


@pytest.mark.parametrize(("default", "step"), [(2e-4, 1e-4), (0.1, 0.1), (1.0, 1.0), (0.0, 0.1), (0.999, 0.1)])
def test_a_click_adds_one_unit_of_the_leading_digit(default: float, step: float) -> None:
    assert sensible_step(float, default) == pytest.approx(step)


def test_optional_types() -> None:
    assert base_type(int | None) == (int, True) and base_type(float) == (float, False)
