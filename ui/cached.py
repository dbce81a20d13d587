"""Models kept between reruns, under what they are made of and never under a name alone."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from tdot_core.models.arithmetic import FP32
from tdot_core.models.extractor import Extractor
from tdot_core.models.extractors import extractors
from tdot_core.progress import Progress
from tdot_core.services.catalogue.priors import prior_catalogue
from tdot_core.services.compute.turns import give_way
from tdot_core.services.datasets import load_dataset
from tdot_core.services.features.extractors import opening
from tdot_core.services.runs.store import Run, best_run, find_run
from ui.background import do

if TYPE_CHECKING:
    from tdot_core.services.sampling.loading import LoadedNet, LoadedPrior

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
    from tdot_core.services.compute.device import find_device
    from tdot_core.services.sampling.loading import load_net

    loaded = load_net(name, find_device(device), precision)
    for module in loaded.net.modules():
        module.register_forward_pre_hook(give_way)
    # Streamlit collects garbage after every run of a script; half a million objects of torch's modules, which live as
    # long as the process, would cost it a fifth of a second each time.
    gc.freeze()
    return loaded


@st.cache_resource(max_entries=MAX_PRIORS, show_spinner=False)
def _prior(name: str, device: str, dataset: str, stamp: str) -> LoadedPrior:
    from tdot_core.services.compute.device import find_device
    from tdot_core.services.sampling.loading import load_prior

    return load_prior(name, find_device(device), dataset)


Show = Callable[[Progress], object]


@st.cache_resource(max_entries=2, show_spinner=False)
def _extractor_box(stamp: str) -> dict[str, Any]:
    return {}


def _kept(box: dict[str, Any], work: Callable[[], Generator[Progress, None, Any]], show: Show) -> Any:
    # Streamlit's caches cannot show progress from inside, so they keep a box that is filled outside.
    if "value" not in box:
        box["value"] = do(work(), show)
    return box["value"]


def _weights_stamp(extractor: str) -> str:
    card = extractors.get(extractor)
    run = best_run(card.run) if card.run else None
    if run is None:
        return f"{extractor} {os.environ.get(card.variable, '') if card.variable else ''}"
    return f"{run.path} {run.weights_path.stat().st_mtime_ns}"


def open_extractor(key: str, show: Show = lambda record: None) -> Extractor:
    """Return an extractor, opened once while its weights stay the same; a first use may download them.

    Raises TdotError when they cannot be had.
    """
    from tdot_core.services.compute.device import find_device

    return _kept(_extractor_box(_weights_stamp(key)), lambda: opening(key, device=find_device("auto")), show)  # type: ignore[no-any-return]
