"""What a prior hands to the chain, x_{t*}, beside real images with the same noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from tdot_core.errors import TdotError
from tdot_core.maths.quantise import to_uint8
from tdot_core.services.catalogue.priors import prior_catalogue
from tdot_core.services.datasets import list_datasets
from tdot_core.services.runs.store import Run
from ui import cached
from ui.pickers.get_cifar10 import CIFAR10, get_cifar10
from ui.runs.words import run_name
from ui.widgets.tile_grid import Images, tile_grid
from ui.words import noise_label, plain

if TYPE_CHECKING:
    from tdot_core.services.sampling.loading import LoadedPrior

COUNT = 24


def starts_panel(run: Run) -> None:
    """Show x_{t*} of a run and of the oracle at a t* of choice; nothing for what is no prior or has no weights yet."""
    kinds = {info.key: info for info in prior_catalogue()}
    if run.kind not in kinds or not run.weights_path.exists():
        return
    lowest = 1 if kinds[run.kind].any_t else max(int(run.config.get("t_train", 1)), 1)
    st.subheader("What it hands to the chain", anchor=False)
    t = (
        st.slider(
            "t*",
            lowest,
            1000,
            lowest if lowest > 1 else 100,
            key=f"starts-t-{run.id}",
            help="The images are drawn at t_train and lifted to t*, as the Sample screen does",
        )
        if lowest < 1000
        else 1000
    )
    st.caption(noise_label(t))
    left, right = st.columns(2)
    with left:
        st.markdown(f"**{plain(run_name(run))}**, x at t = {t}")
        _grid(run.id, t, f"starts-{run.id}")
    with right:
        st.markdown(f"**Real images**, noised to t = {t}")
        dataset = _real_images(run)
        if dataset:
            _grid(f"oracle:{dataset}", t, f"real-{run.id}")


def _grid(name: str, t: int, key: str) -> None:
    try:
        prior = cached.prior(name)
        images = _starts(prior.fingerprint, t, COUNT, prior)
    except TdotError as error:
        st.info(plain(str(error)), icon=":material/info:")
        return
    tile_grid(
        images,
        [f"seed {k}" for k in range(len(images))],
        label=prior.label,
        key=key,
        largest=2,
        mark=f"{prior.fingerprint}-{t}",
    )


def _real_images(run: Run) -> str:
    """Return the data set to compare with: the run's own where its images are here, else say what to import."""
    wanted = run.spec.get("dataset")
    wanted = wanted if isinstance(wanted, dict) else {}
    for info in list_datasets():
        if info.n_test and (info.id == wanted.get("id") or info.name == wanted.get("name")):
            return info.name
    if wanted.get("name") == CIFAR10:
        get_cifar10(f"starts-{run.id}", "real images with the same noise, to compare with")
        return ""
    st.info(
        plain(f"The images of {wanted.get('name', 'its data set')} are not here. Add them under Images to compare."),
        icon=":material/image_search:",
    )
    return ""


@st.cache_data(max_entries=64, show_spinner=False)
def _starts(fingerprint: str, t: int, n: int, _prior: LoadedPrior) -> Images:
    from tdot_core.services.sampling.generate import draw_start

    return np.asarray(to_uint8(draw_start(_prior, range(n), t, _prior.prior.schedule)).numpy())
