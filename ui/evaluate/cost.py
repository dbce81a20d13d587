"""What an evaluation will cost, from seconds measured on this machine."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median

import numpy as np
import streamlit as st

from tdot_core.errors import TdotError
from tdot_core.models.extractor import Extractor
from tdot_core.processors import worker_processors
from tdot_core.services.catalogue.chains import sampler_catalogue
from tdot_core.services.catalogue.priors import PriorChoice
from tdot_core.services.results.error_split import ORACLE
from tdot_core.services.results.rows import EvaluationRow, read_rows
from tdot_core.services.runs.store import Run
from ui import cached
from ui.cached import open_extractor
from ui.evaluate.request import EvaluationRequest
from ui.pickers.spaces import FeatureSpace, Real
from ui.words import rough, seconds_text

ROWS_READ, TRIAL_STEPS = 20, 2


@dataclass(frozen=True)
class Cost:
    """Count the work. rows: rows that can be measured; images: generated ones; calls: network calls per image."""

    rows: int
    images: int
    calls: int

    def sentence(self, per_call: float | None, per_feature: float | None, real: int) -> str:
        """Return the estimate in words. per_call, per_feature: measured seconds on one processor; real: real images to extract."""
        work = (
            f"{self.rows} rows: {self.images:,} images x {self.calls} network calls = {self.images * self.calls:,} calls"
            + (f", and features of {real:,} real images" if real else "")
        )
        if per_call is None:
            return f"{work}. The time is not known yet: the speed of this machine is measured while no job runs."
        seconds = (
            self.images * self.calls * per_call + (self.images + real) * (per_feature or 0.0)
        ) / worker_processors()
        known = f"{seconds_text(per_call)} per call" + (
            f", {seconds_text(per_feature)} per image's features" if per_feature else ""
        )
        rest = "" if per_feature is not None else " and the features, whose speed is not known yet"
        return f"{work}: about **{rough(seconds)}**{rest} on this machine ({known}). What was drawn before is not drawn again."


def count(request: EvaluationRequest, choices: Mapping[str, PriorChoice]) -> Cost:
    """Count the rows that can be measured and their images, the oracle's too where the error is to be split."""
    serving = sum(name in choices and t >= choices[name].lowest_t for name in request.priors for t in request.t_stars)
    if request.prior_error and not any(name.startswith(ORACLE) for name in request.priors):
        serving += len(request.t_stars)
    rows = serving * len(request.samplers) * len(request.grids)
    # Samplers may differ in their calls per step: their mean, since every one draws as many images.
    calls = [sampler_catalogue()[key].calls(request.n_steps) for key in request.samplers] or [request.n_steps]
    return Cost(rows, rows * request.n * request.sets, round(sum(calls) / len(calls)))


def seconds_per_call(runs: Iterable[Run], net: str, device: str, precision: str) -> float | None:
    """Return the median seconds of a network call over the rows of earlier evaluations on this machine; None without any."""
    rows: list[EvaluationRow] = []
    for run in runs:
        try:
            rows += read_rows(run)
        except TdotError:
            continue
    alike = [row for row in rows if (row.net, row.precision) == (net, precision)]
    fitting = [row for row in alike if device in ("auto", row.device)][:ROWS_READ]
    seconds = [row.seconds_chain / row.nfe for row in fitting if row.seconds_chain and row.nfe]
    return median(seconds) if seconds else None


def measured_call(net: str, device: str, precision: str) -> float:
    """Return the seconds of one network call for one image on one processor, measured once while the weights stay the same."""
    return _measured_call(net, device, precision, cached.stamp(net))


@st.cache_data(max_entries=4, show_spinner=False)
def _measured_call(net: str, device: str, precision: str, stamp: str) -> float:
    from tdot_core.services.compute.device import find_device
    from tdot_core.services.sampling.generate import SampleSettings, generate

    loaded, prior = cached.net(net, device, precision), cached.prior("vanilla", device=device)
    settings = SampleSettings(loaded.schedule.T, TRIAL_STEPS, n=16)
    for _ in generate([prior], loaded, settings, device=find_device(device)):
        pass  # the first call pays for memory and plans
    chunks = list(generate([prior], loaded, settings, device=find_device(device)))
    return sum(c.seconds_chain for c in chunks) / sum(len(c.seeds) * c.nfe for c in chunks)


def measured_feature(space: FeatureSpace) -> float | None:
    """Return the seconds to extract one image's features on one processor; None for weights that must be downloaded first."""
    if not space.extractor.ready:
        return None
    extractor = open_extractor(space.extractor.key)
    return _measured_feature(extractor.fingerprint, space.layer, extractor)


@st.cache_data(max_entries=8, show_spinner=False)
def _measured_feature(fingerprint: str, layer: str, _extractor: Extractor) -> float:
    from tdot_core.services.compute.chunks import run_chunks

    images = np.zeros((16, 32, 32, 3), np.uint8)

    def timed(_: int) -> float:
        begun = time.perf_counter()
        _extractor(images, [layer])
        return time.perf_counter() - begun

    return min(run_chunks(timed, range(2), _extractor.device, workers=1)) / len(images)


def real_to_extract(real: Real, space: FeatureSpace) -> int:
    """Return how many real images' features must be extracted: none where they ship or were extracted before."""
    if real.info is None or any(
        (r.extractor, r.layer, r.train_set) == (space.extractor.key, space.layer, real.info.train_set)
        for r in real.references
    ):
        return 0
    return real.info.n_train
