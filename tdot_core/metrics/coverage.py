"""Coverage (Naeem 2020)."""

from __future__ import annotations

from typing import Any

import numpy as np

from tdot_core.metrics.base import Metric
from tdot_core.metrics.checks import Array, checked_pair
from tdot_core.metrics.features import Features
from tdot_core.metrics.neighbours import Neighbourhoods, nearest_squared

K = 5


def _coverage(balls: Neighbourhoods, fake: Array, k: int) -> float:
    return float(np.mean(nearest_squared(balls.points, fake)[0] < balls.radius2(k)))


def coverage(*, real: Any, fake: Any, k: int = K) -> float:
    """Return the share of real features whose k-th-neighbour ball holds a fake feature (<), in [0, 1].

    Naeem 2020, Eq. 5; the k-th neighbour does not count the point itself. real (n > k, d), fake (m, d). Raises TdotError
    with too few or non-finite features.
    """
    real, fake = checked_pair(real, fake)
    return _coverage(Neighbourhoods(real), fake, k)


class Coverage(Metric):
    """Coverage as a registered metric."""

    key = "coverage"
    label = "Coverage"
    summary = f"Share of real images that have a fake one nearer than their {K} nearest real neighbours: 1 when nothing is missed."
    direction = "higher"
    reference = "naeem2020"
    needs = "features"
    order = 8

    def compute(self, *, real: Features, fake: Features) -> float:
        return _coverage(real.neighbourhoods, fake.array, K)
