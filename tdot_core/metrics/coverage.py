"""Coverage (Naeem 2020)."""

from __future__ import annotations

from typing import Any

import numpy as np

from tdot_core.metrics.base import Metric
from tdot_core.metrics.checks import checked_pair
from tdot_core.metrics.extras import Extras
from tdot_core.metrics.features import Features
from tdot_core.metrics.neighbours import Neighbourhoods, nearest_squared
from tdot_core.metrics.pairs import Float64

K = 5


def _coverage(balls: Neighbourhoods, squared: Float64, k: int) -> float:
    return float(np.mean(squared < balls.radius2(k)))


def coverage(*, real: Any, fake: Any, k: int = K) -> float:
    """Return the share of real features whose k-th-neighbour ball holds a fake feature (<), in [0, 1].

    Naeem 2020, Eq. 5; the k-th neighbour does not count the point itself. real (n > k, d), fake (m, d). Raises TdotError
    with too few or non-finite features.
    """
    real, fake = checked_pair(real, fake)
    return _coverage(Neighbourhoods(real), nearest_squared(real, fake)[0], k)


class Coverage(Metric):
    """Coverage as a registered metric."""

    key = "coverage"
    label = "Coverage"
    summary = f"Share of real images that have a fake one nearer than their {K} nearest real neighbours: 1 when nothing is missed."
    formula = r"\frac1n\sum_i \mathbf 1\bigl[\exists j:\ \lVert f_j-r_i\rVert< \mathrm{NN}_5(r_i)\bigr]"
    direction = "higher"
    reference = "naeem2020"
    equation = "Eq. 5"
    needs = "features"
    order = 8

    def compute(self, *, real: Features, fake: Features, extra: Extras) -> float:
        return _coverage(real.neighbourhoods, real.nearest(fake)[0], K)
