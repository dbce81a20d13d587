"""What the Features screen computes, each piece kept while its inputs stay the same."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from tdot_core.errors import TdotError
from tdot_core.progress import Progress
from tdot_core.services.clouds import Cloud, held_out_cloud, prior_cloud, train_cloud
from tdot_core.services.runs.best import best_run
from ui import cached
from ui.evaluate_spaces import Real, Space
from ui.features_settings import FeatureRequest
from ui.features_work import do

if TYPE_CHECKING:
    from tdot_core.models.extractor import Extractor
    from tdot_core.services.projection import Projection
    from tdot_core.services.references import Reference

Show = Callable[[Progress], object]


@dataclass(frozen=True)
class Frame:
    """The real side: the extractor that is open, the reference in its space, and the projection fitted on it."""

    extractor: Extractor
    layer: str
    reference: Reference
    projection: Projection


@st.cache_resource(max_entries=2, show_spinner=False)
def _extractor_box(stamp: str) -> dict[str, Any]:
    return {}


@st.cache_resource(max_entries=3, show_spinner=False)
def _frame_box(stamp: str) -> dict[str, Any]:
    return {}


def _kept(box: dict[str, Any], work: Callable[[], Generator[Progress, None, Any]], show: Show) -> Any:
    # Streamlit's caches cannot show progress from inside, so they keep a box that is filled outside.
    if "value" not in box:
        box["value"] = do(work(), show)
    return box["value"]


def _weights_stamp(extractor: str) -> str:
    run = best_run(extractor) if extractor == "cifar-cnn" else None
    if run is None:
        return f"{extractor} {os.environ.get('TDOT_INCEPTION', '')}"
    return f"{run.path} {run.weights_path.stat().st_mtime_ns}"


def open_extractor(key: str, show: Show = lambda record: None) -> Extractor:
    """Return an extractor, opened once while its weights stay the same; a first use may download them.

    Raises TdotError when they cannot be had.
    """
    from tdot_core.services.device import find_device
    from tdot_core.services.extractors import opening

    return _kept(_extractor_box(_weights_stamp(key)), lambda: opening(key, device=find_device("auto")), show)  # type: ignore[no-any-return]


def open_frame(real: Real, space: Space, show: Show) -> Frame:
    """Return the real side of one data set in one feature space; a first visit may download weights or extract features.

    Raises TdotError when weights or features cannot be had.
    """
    extractor = open_extractor(space.extractor.key, show)
    identity = real.info.id if real.info is not None else [r.fingerprint for r in real.references]
    box = _frame_box(f"{real.name} {identity} {extractor.key} {extractor.fingerprint} {space.layer}")
    return _kept(box, lambda: _frame(real.name, extractor, space.layer), show)  # type: ignore[no-any-return]


def _frame(dataset: str, extractor: Extractor, layer: str) -> Generator[Progress, None, Frame]:
    from tdot_core.services.projection import fit_projection
    from tdot_core.services.references import reference

    found = yield from reference(dataset, extractor, layer)
    yield Progress(0, 0, {}, "fitting the projection")
    return Frame(extractor, layer, found, fit_projection(found.features.array))


def real_clouds(frame: Frame, request: FeatureRequest, show: Show) -> list[Cloud]:
    """Return the real training images to show, and as many test images as a prior has, where their data set is imported."""
    test = do(held_out_cloud(frame.reference, request.n, frame.extractor, frame.layer), show)
    return [train_cloud(frame.reference, request.n_real), *([test] if test is not None else [])]


def prior_clouds(
    frame: Frame, request: FeatureRequest, show: Callable[[str, Progress], object]
) -> Iterator[tuple[str, Cloud | TdotError]]:
    """Yield the cloud of one prior after another, or why there is none; show gets the prior's label with each record."""
    from tdot_core.services.device import find_device

    device = find_device("auto")
    for choice in request.priors:
        try:
            loaded, net = cached.prior(choice.name, frame.reference.dataset), cached.net()
            work = prior_cloud(loaded, net, request.settings, frame.extractor, frame.layer, device)
            yield choice.name, do(work, lambda record, label=choice.label: show(label, record))
        except TdotError as error:
            yield choice.name, error


def mark(clouds: Sequence[Cloud], frame: Frame, view: object) -> str:
    """Return a short text that differs whenever the points on screen may differ."""
    import hashlib

    parts = [repr(view), frame.extractor.fingerprint, frame.layer, frame.reference.dataset]
    digest = hashlib.sha256(" ".join(parts).encode())
    for cloud in clouds:
        digest.update(cloud.id.encode() + cloud.features.tobytes())
    return digest.hexdigest()[:12]
