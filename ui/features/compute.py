"""What the Features screen computes, each piece kept while its inputs stay the same."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import streamlit as st

from tdot_core.errors import TdotError
from tdot_core.models.extractor import Extractor
from tdot_core.progress import Progress
from tdot_core.services.catalogue.priors import PriorChoice
from tdot_core.services.features.clouds import Cloud, held_out_cloud, prior_cloud, train_cloud
from tdot_core.services.features.projection import Projection, fit_projection
from tdot_core.services.features.references import Reference, reference
from ui import cached
from ui.background import do
from ui.cached import Show, _kept, open_extractor
from ui.features.settings import FeatureRequest
from ui.pickers.spaces import FeatureSpace, Real


@dataclass(frozen=True)
class RealSide:
    """The real side: the extractor that is open, the reference in its space, and the projection fitted on it.

    stamp: differs when any of them does.
    """

    extractor: Extractor
    layer: str
    reference: Reference
    projection: Projection
    stamp: str


@st.cache_resource(max_entries=3, show_spinner=False)
def _frame_box(stamp: str) -> dict[str, Any]:
    return {}


def open_real_side(real: Real, space: FeatureSpace, show: Show) -> RealSide:
    """Return the real side of one data set in one feature space; a first visit may download weights or extract features.

    Raises TdotError when weights or features cannot be had.
    """
    extractor = open_extractor(space.extractor.key, show)
    identity = real.info.id if real.info is not None else [r.fingerprint for r in real.references]
    stamp = f"{real.name} {identity} {extractor.key} {extractor.fingerprint} {space.layer}"
    work = lambda: _frame(real.name, extractor, space.layer, stamp)  # noqa: E731
    return _kept(_frame_box(stamp), work, show)  # type: ignore[no-any-return]


def _frame(dataset: str, extractor: Extractor, layer: str, stamp: str) -> Generator[Progress, None, RealSide]:
    found = yield from reference(dataset, extractor, layer)
    yield Progress(0, 0, {}, "fitting the projection")
    return RealSide(extractor, layer, found, fit_projection(found.features.array), stamp)


def real_clouds(frame: RealSide, request: FeatureRequest, show: Show) -> list[Cloud]:
    """Return the real training images to show, and as many test images as a prior has, where their data set is imported."""
    test = do(held_out_cloud(frame.reference, request.n, frame.extractor, frame.layer), show)
    return [train_cloud(frame.reference, request.n_real), *([test] if test is not None else [])]


@st.cache_resource(max_entries=48, show_spinner=False)
def _cloud_box(stamp: str) -> dict[str, Any]:
    return {}


def kept_clouds(frame: RealSide, request: FeatureRequest) -> dict[str, Cloud]:
    """Return the clouds of the chosen priors that this server has made before, by the prior's name, in the order chosen."""
    boxes = {choice.name: _cloud_box(_cloud_stamp(frame, request, choice)) for choice in request.priors}
    return {name: box["value"] for name, box in boxes.items() if "value" in box}


def prior_clouds(
    frame: RealSide,
    request: FeatureRequest,
    known: Collection[str],
    show: Callable[[str, Progress], object],
) -> Iterator[tuple[str, Cloud | TdotError]]:
    """Yield the cloud of one prior after another, or why there is none; show gets the prior's label with each record.

    known: names of priors whose clouds are there already, which are passed over.
    """
    from tdot_core.services.compute.device import find_device

    device = find_device("auto")
    for choice in request.priors:
        if choice.name in known:
            continue
        box = _cloud_box(_cloud_stamp(frame, request, choice))
        try:
            loaded, net = cached.prior(choice.name, frame.reference.dataset), cached.net()
            work = partial(prior_cloud, loaded, net, request.settings, frame.extractor, frame.layer, device)
            yield choice.name, _kept(box, work, partial(show, choice.label))
        except TdotError as error:
            yield choice.name, error


def _cloud_stamp(frame: RealSide, request: FeatureRequest, choice: PriorChoice) -> str:
    try:
        models = f"{cached.stamp(choice.name, frame.reference.dataset)} {cached.stamp('denoiser')}"
    except TdotError as error:
        models = str(error)
    return f"{choice.name} {models} {request.settings} {frame.stamp}"


def cloud_digest(cloud: Cloud) -> str:
    """Return what differs when a cloud's points differ."""
    return hashlib.sha256(cloud.id.encode() + cloud.index.tobytes() + cloud.features.tobytes()).hexdigest()[:32]


def mark(clouds: Sequence[Cloud], frame: RealSide, view: object) -> str:
    """Return a short text that differs whenever the points on screen may differ."""
    parts = [repr(view), frame.stamp, frame.reference.dataset, *map(cloud_digest, clouds)]
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()[:12]
