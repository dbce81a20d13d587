# title: Priors
# icon: :material/model_training:
# order: 3
# help: Train, watch, stop, resume and compare priors
"""Train priors, follow them, and look at what they hand to the chain."""

from __future__ import annotations

import streamlit as st

from ui import address
from ui.page import guarded, header
from ui.priors.compare import compare_view
from ui.priors.images import images_view
from ui.priors.load import load_panel
from ui.priors.starts import starts_panel
from ui.priors.train import train_view
from ui.priors.trainings import chosen_run, runs_view

VIEWS = {"runs": "Library", "compare": "Compare", "train": "Train one", "images": "Images"}

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
    elif view == "compare":
        compare_view()
    elif view == "images":
        images_view()
    else:
        runs_view()
        if (run := chosen_run()) is not None:
            starts_panel(run)
        load_panel()
