"""What the Features screen says when there is no feature extractor to see images with."""

from __future__ import annotations

import streamlit as st

from tdot_core.models.extractors import extractors
from tdot_core.models.extractors.base import ExtractorCard
from tdot_core.services.features.extractors import available_extractors
from tdot_core.services.jobs import launcher
from ui.page import empty_state, guarded
from ui.pickers.spaces import Real
from ui.words import plain


def no_features(real: Real, key: str) -> None:
    """Offer to train the feature network on the chosen images, or to add some; others, such as a download, come second.

    key: of the choice of features, which the other offers set.
    """
    name = plain(real.name)
    if real.info is None or "train" not in real.info.labelled:
        text = f"No feature network is ready, and {name} has no labelled training images here to train one with."
        empty_state(text, "Add a data set", page="pages/priors.py", key=f"{key}_data")
    elif empty_state(
        f"No feature network is ready. The small classifier **{_trainer().key}** turns images into features; it trains on the labels of "
        f"{name} ({real.info.n_train:,} images) in a process of its own.",
        "Train the feature network",
        key=f"{key}_train",
    ):
        with guarded():
            from tdot_core.services.training.session import create_training

            run = create_training(_trainer().run, real.name, {})
            launcher.start(run)
            st.switch_page("pages/priors.py", query_params={"run": run.id})
    for other in available_extractors():
        if other.layers and real.info is not None:
            wanted = f"{other.key}:{extractors.get(other.key).default_layer}"
            st.button(f"Use {other.label} instead", key=f"{key}_{other.key}", on_click=_choose, args=(key, wanted))
            st.caption(plain(other.note))


def _trainer() -> type[ExtractorCard]:
    """Return the extractor whose weights a training gives."""
    return next(card for card in extractors.all().values() if card.run)


def _choose(key: str, space: str) -> None:
    st.session_state[key] = space
