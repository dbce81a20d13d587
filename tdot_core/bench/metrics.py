"""Every metric on the features of one set of samples."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tdot_core.bench.clouds import cloud
from tdot_core.bench.result import BenchResult
from tdot_core.bench.timing import timed
from tdot_core.metrics import metrics as registered
from tdot_core.metrics.extras import Extras
from tdot_core.metrics.features import Features
from tdot_core.metrics.statistics import from_features

NAME = "metrics"
HELP = "all metrics of 5,000 samples against 10,000 real images, from features of cifar-cnn's width"

N, N_REAL, N_HELDOUT, D, CLASSES = 5000, 10_000, 10_000, 192, 10


def run() -> list[BenchResult]:
    """Time all metrics together, and then each again as the one that was added: the searches are kept, as in an evaluation."""
    real = Features(cloud(N_REAL, D, 1))
    fake = Features(cloud(N, D, 2, shift=0.05))
    extra = Extras(Features(cloud(N_HELDOUT, D, 3)), _probabilities())
    first = {key: _seconds(key, real, fake, extra) for key in registered.all()}
    alone = {key: _alone(key, fake, extra) for key in first}
    slowest = max(alone, key=lambda key: alone[key])
    setting = f"{N} fake, {N_REAL} real and {N_HELDOUT} held-out images, {D} features each"
    return [
        BenchResult(NAME, f"all {len(first)} metrics, {setting}", sum(first.values()), "seconds", "<", 30.0),
        BenchResult(
            NAME,
            f"the slowest metric added to an evaluation of one reference ({slowest}), {setting}",
            alone[slowest],
            "seconds",
            "<",
            3.0,
        ),
    ]


def _probabilities() -> NDArray[np.float64]:
    odds = np.random.default_rng(0).exponential(size=(N, CLASSES)) ** 4
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def _seconds(key: str, real: Features, fake: Features, extra: Extras) -> float:
    value, seconds = timed(lambda: registered.get(key)().measure(real=real, fake=fake, extra=extra))
    assert value.value is not None, value.note
    return seconds


def _alone(key: str, fake: Features, extra: Extras) -> float:
    """Time a metric on features read again from disk: nothing of an earlier evaluation is left but the real statistics."""
    real_array = cloud(N_REAL, D, 1)
    real, again = Features(real_array, from_features(real_array)), Features(fake.array)
    assert extra.heldout is not None
    return _seconds(key, real, again, Extras(Features(extra.heldout.array), extra.probabilities))
