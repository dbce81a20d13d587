"""The choice of one image, which is then shown large in every column."""

from __future__ import annotations

import streamlit as st

from ui.address import BIND, explain
from ui.returning import note
from ui.sample.request import SampleRequest

LOOK = "look"


def choose_look(request: SampleRequest) -> None:
    """Show the field for the seed to look at; one that is not on screen is forgotten."""
    last = request.seed + request.n - 1
    explain(LOOK, low=request.seed, high=last)
    held = st.session_state.get(LOOK)
    if held is not None and not request.seed <= held <= last:
        st.session_state[LOOK] = None
    st.number_input(
        "Look closer at seed",
        request.seed,
        last,
        None,
        key=LOOK,
        placeholder="click one",
        help="Click a picture, or name its seed: it is shown large in every column, with its whole trajectory",
        **BIND,
    )
    note()


def looked_at(request: SampleRequest) -> int:
    """Return the number of the image looked at among the request's, -1 for none."""
    seed = st.session_state.get(LOOK)
    return -1 if seed is None else int(seed) - request.seed


def look_at(seed: int) -> None:
    """Look at the image with this seed, or no longer when it is looked at already."""
    st.session_state[LOOK] = None if st.session_state.get(LOOK) == seed else seed
