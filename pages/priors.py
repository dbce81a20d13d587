# title: Priors
# icon: :material/model_training:
# order: 3
# help: Train, watch, stop, resume and compare priors
"""Train priors, follow them, and look at what they hand to the chain."""

from __future__ import annotations

import streamlit as st

from ui import address
from ui.page import guarded, header
from ui.priors_images import images_view
from ui.priors_load import load_panel
from ui.priors_runs import chosen_run, runs_view
from ui.priors_starts import starts_panel
from ui.priors_train import train_view

VIEWS = {"runs": "Trainings", "train": "Train one", "images": "Images"}

header(
    "Priors",
    "A prior learns what images look like after t\\_train steps of noise, so that the reverse chain can start there.",
)

with guarded():
    begin = address.begin("view", "priors-view", VIEWS, ["runs"])
    view = st.segmented_control(
        "View",
        list(VIEWS),
        default=begin[0] if begin else None,
        key="priors-view",
        format_func=lambda v: VIEWS.get(v, v),
        label_visibility="collapsed",
        required=True,
    )
    address.write("view", "priors-view", ["runs"])
    if view == "train":
        train_view()
    elif view == "images":
        images_view()
    else:
        runs_view()
        if (run := chosen_run()) is not None:
            starts_panel(run)
        load_panel()
