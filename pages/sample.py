# title: Sample
# icon: :material/grid_view:
# order: 4
# help: Every prior side by side, from the same seeds
"""Every prior side by side from the same seeds, at any truncation step."""

from __future__ import annotations

import streamlit as st

from tdot_core.services.catalogue.priors import prior_choices
from tdot_core.services.runs.store import best_run
from ui.address import put
from ui.page import empty_state, guarded, header
from ui.pickers.get_cifar10 import get_cifar10
from ui.sample.column import look_up
from ui.sample.controls import FORMER, SHARED, controls
from ui.sample.gallery import gallery

header(
    "Sample",
    "Every prior supplies x at step t\\*, the same denoiser walks the rest. Same seeds, same noise: what differs is the prior.",
    FORMER,
    SHARED,
)

with guarded():
    choices = {choice.name: choice for choice in prior_choices()}
    if best_run("denoiser") is None:
        text = "There is no denoiser on this machine, and nothing can be drawn without one."
        if empty_state(text, "Train a denoiser", key="train-denoiser"):
            st.switch_page("pages/priors.py", query_params={"view": "train", "prior": "denoiser"})
        st.stop()
    request = controls(list(choices.values()))
    if not request.names:
        if empty_state("No prior is chosen.", "Choose the usual ones", key="choose-priors"):
            put(prior=None)
            st.rerun()
        st.stop()
    stop_box = st.empty()
    if any(column.missing for column in look_up(request, choices)) and st.session_state.get("stopped") != request:
        stop_box.button(
            "Stop drawing",
            key="stop-drawing",
            icon=":material/stop_circle:",
            on_click=lambda: st.session_state.update(stopped=request),
        )
    gallery(request, choices)
    stop_box.empty()
    get_cifar10(
        "sample", "the oracle, the ceiling that no prior can pass, and the training images nearest to what is drawn"
    )
