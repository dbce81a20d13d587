"""Models kept between reruns, under what they are made of and never under a name alone."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from tdot_core.models.arithmetic import FP32
from tdot_core.services.datasets import load_dataset
from tdot_core.services.prior_catalogue import prior_catalogue
from tdot_core.services.runs.best import best_run
from tdot_core.services.runs.store import Run, find_run

if TYPE_CHECKING:
    from tdot_core.services.loading import LoadedNet, LoadedPrior

MAX_NETS, MAX_PRIORS = 2, 12
DEFAULT_DATASET = "cifar10"


def net(name: str = "denoiser", device: str = "auto", precision: str = FP32) -> LoadedNet:
    """Return a denoiser by "denoiser", run id, folder or hub id, loaded once while its weights stay the same.

    Raises TdotError when there is none or it is damaged.
    """
    return _net(name, device, precision, stamp(name))


def prior(name: str, dataset: str = DEFAULT_DATASET, device: str = "auto") -> LoadedPrior:
    """Return a prior by key, run id or KEY:DATASET, loaded once while its weights or images stay the same.

    dataset: what oracle and imported draw from when the name does not say. Raises TdotError as `load_prior` does.
    """
    return _prior(name, device, dataset, stamp(name, dataset))


def stamp(name: str, dataset: str = DEFAULT_DATASET) -> str:
    """Return what changes when the thing called name would load as something else, without reading its weights."""
    key, _, named = name.partition(":")
    kinds = {info.key: info for info in prior_catalogue()}
    if key in kinds and kinds[key].needs_data:
        return load_dataset(named or dataset).info.id
    if key in kinds and not kinds[key].trainable:
        return key
    if key == "denoiser" or key in kinds:
        run = best_run(key)
        return _run_stamp(run) if run else "none"
    folder = Path(name).expanduser()
    if folder.is_dir() or "/" in name:
        return str(max((p.stat().st_mtime_ns for p in folder.rglob("*")), default=0)) if folder.is_dir() else name
    return _run_stamp(find_run(name))


def _run_stamp(run: Run) -> str:
    if not run.weights_path.exists():
        return f"{run.path} without weights"
    facts = run.weights_path.stat()
    return f"{run.path} {facts.st_mtime_ns} {facts.st_size}"


@st.cache_resource(max_entries=MAX_NETS, show_spinner=False)
def _net(name: str, device: str, precision: str, stamp: str) -> LoadedNet:
    from tdot_core.services.device import find_device
    from tdot_core.services.loading import load_net

    loaded = load_net(name, find_device(device), precision)
    # Streamlit collects garbage after every run of a script; half a million objects of torch's modules, which live as
    # long as the process, would cost it a fifth of a second each time.
    gc.freeze()
    return loaded


@st.cache_resource(max_entries=MAX_PRIORS, show_spinner=False)
def _prior(name: str, device: str, dataset: str, stamp: str) -> LoadedPrior:
    from tdot_core.services.device import find_device
    from tdot_core.services.loading import load_prior

    return load_prior(name, find_device(device), dataset)
