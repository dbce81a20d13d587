"""The Fréchet distance extrapolated to infinitely many fake images (Chong and Forsyth 2020)."""

from __future__ import annotations

from typing import Any

import numpy as np

from tdot_core.errors import TdotError
from tdot_core.metrics.base import Metric
from tdot_core.metrics.checks import checked_features
from tdot_core.metrics.extras import Extras
from tdot_core.metrics.features import Features
from tdot_core.metrics.gaussians import frechet_distance
from tdot_core.metrics.statistics import Statistics, from_features

PARTS = 5
SEED = 2020


def frechet_distance_inf(*, real: Statistics, fake: Any, seed: int = SEED) -> float:
    """Return a of the least-squares line a + b k through the mean Fréchet distances of 1/k of the images, k = 1..5.

    The bias is linear in 1/N (Chong and Forsyth 2020), so a, at 1/N = 0, is the distance that infinitely many fakes
    would have. The k-th point averages the k disjoint parts of size n // k of one permutation from RandomState(seed), 15
    distances in all. fake (n, d). It varies more than the plain distance and may fall below 0. Raises TdotError with fewer
    than 10 images.
    """
    fake = checked_features("fake", fake)
    n = len(fake)
    if n < 2 * PARTS:
        raise TdotError(f"The extrapolation needs at least {2 * PARTS} fake images, found {n}. Take more.")
    order = np.random.RandomState(seed).permutation(n)
    steps = np.arange(1, PARTS + 1)
    means = [np.mean([_distance(real, fake[rows]) for rows in _parts(order, int(k))]) for k in steps]
    return float(np.polyfit(1 / (n // steps), means, 1)[1])


def _parts(order: Any, k: int) -> list[Any]:
    size = len(order) // k
    return [order[i * size : (i + 1) * size] for i in range(k)]


def _distance(real: Statistics, part: Any) -> float:
    return frechet_distance(real=real, fake=from_features(part))


class FrechetDistanceInf(Metric):
    """The extrapolated Fréchet distance as a registered metric."""

    key = "fd_inf"
    label = "Fréchet distance, N → ∞"
    summary = (
        "What the Fréchet distance would be with infinitely many fake images: a line through its values on 1/5 to all of "
        "them, read off at 1/N = 0. It can be compared across different n, is noisier, and may fall slightly below 0."
    )
    formula = r"a\ \text{of}\ \mathrm{FD}(N) \approx a + b/N,\qquad N = n,\ n/2,\ n/3,\ n/4,\ n/5"
    direction = "lower"
    reference = "chong2020"
    needs = "statistics"
    order = 1

    def title(self, distance: str) -> str:
        return f"{distance}-inf"

    def compute(self, *, real: Features, fake: Features, extra: Extras) -> float:
        return frechet_distance_inf(real=real.statistics, fake=fake.array)

    def note(self, *, real: Features, fake: Features, extra: Extras) -> str:
        if fake.n // PARTS <= fake.width:
            return f"{fake.n // PARTS} to {fake.n} images in {fake.width} dimensions: too few for the bias to be linear, so this is rough."
        return ""
