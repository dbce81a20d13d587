# title: Sample
# icon: :material/grid_view:
# order: 4
# help: Every prior side by side, from the same seeds
"""Every prior side by side from the same seeds, at any truncation step."""

from __future__ import annotations

import streamlit as st

from tdot_core.services.prior_catalogue import prior_choices
from tdot_core.services.runs.best import best_run
from ui.page import empty_state, guarded, header
from ui.query import put
from ui.sample_controls import controls
from ui.sample_gallery import gallery, look_up

header(
    "Sample",
    "Every prior supplies x at step t\\*, the same denoiser walks the rest. Same seeds, same noise: what differs is the prior.",
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
            "Stop drawing", key="stop-drawing", icon=":material/stop_circle:",
            on_click=lambda: st.session_state.update(stopped=request),
        )  # fmt: skip
    gallery(request, choices)
    stop_box.empty()
