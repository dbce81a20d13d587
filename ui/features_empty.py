"""What the Features screen says when there is no feature extractor to see images with."""

from __future__ import annotations

import streamlit as st

from tdot_core.services.extractors import DEFAULT_LAYERS, available_extractors
from tdot_core.services.jobs import launcher
from ui.evaluate_spaces import Real
from ui.page import empty_state, guarded, plain

TRAINER = "cifar-cnn"


def no_features(real: Real, key: str) -> None:
    """Offer to train the feature network on the chosen images, or to add some; Inception, a download, comes second.

    key: of the choice of features, which the second offer sets.
    """
    name = plain(real.name)
    if real.info is None or "train" not in real.info.labelled:
        text = f"No feature network is ready, and {name} has no labelled training images here to train one with."
        empty_state(text, "Add a data set", page="pages/priors.py", key=f"{key}_data")
    elif empty_state(
        f"No feature network is ready. The small classifier **cifar-cnn** turns images into features; it trains on the labels of "
        f"{name} ({real.info.n_train:,} images) in a process of its own.", "Train the feature network", key=f"{key}_train",
    ):  # fmt: skip
        with guarded():
            from tdot_core.services.training import create_training

            run = create_training(TRAINER, real.name, {})
            launcher.start(run)
            st.switch_page("pages/priors.py", query_params={"run": run.id})
    inception = next((e for e in available_extractors() if e.key == "inception" and e.layers), None)
    if inception is not None and real.info is not None:
        wanted = f"{inception.key}:{DEFAULT_LAYERS[inception.key]}"
        st.button("Use Inception-v3 instead", key=f"{key}_inception", on_click=_choose, args=(key, wanted))
        st.caption(plain(inception.note))


def _choose(key: str, space: str) -> None:
    st.session_state[key] = space
