"""The slider along the chain and the choice of one image, which every column follows."""

from __future__ import annotations

import streamlit as st

from tdot_core.maths.grid import kept_steps, time_grid
from ui.noise_label import noise_label
from ui.query import BIND, explain
from ui.sample_request import SampleRequest

LOOK = "look"


def scrubber(request: SampleRequest) -> int:
    """Show the slider from x_{t*} to x_0 and the seed to look at; return the number of the state to show."""
    times = frame_times(request)
    slide, pick = st.columns([4, 1], vertical_alignment="top")
    with slide:
        t = st.select_slider(
            "Along the chain, all priors together", times, value=0, key=f"along-{request.t_star}-{request.walked}",
            format_func=lambda t: _name(t, request.t_star),
        )  # fmt: skip
        st.caption(
            f"Shown: x at t = {t} · {noise_label(t)}"
            if t
            else "Shown: the results, t = 0. Slide left towards the start."
        )
    last = request.seed + request.n - 1
    with slide:
        explain(LOOK, low=request.seed, high=last)
    held = st.session_state.get(LOOK)
    if held is not None and not request.seed <= held <= last:
        st.session_state[LOOK] = None
    pick.number_input(
        "Look closer at seed", request.seed, last, None, key=LOOK, placeholder="click one",
        help="Click a picture, or name its seed: it is shown large in every prior, with its nearest training image", **BIND,
    )  # fmt: skip
    return times.index(t)


def frame_times(request: SampleRequest) -> list[int]:
    """Return the t of every kept state of the chain, t* first and 0 last."""
    grid = time_grid(request.t_star, request.walked)
    return [grid[k] for k in kept_steps(request.walked, request.frames)]


def _name(t: int, t_star: int) -> str:
    if t == 0:
        return "x_0"
    return f"x_{t} (start)" if t == t_star else f"x_{t}"
