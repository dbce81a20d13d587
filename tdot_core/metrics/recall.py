"""Improved recall (Kynkäänniemi 2019)."""

from __future__ import annotations

from typing import Any

import numpy as np

from tdot_core.metrics.base import Metric
from tdot_core.metrics.checks import Array, checked_pair
from tdot_core.metrics.extras import Extras
from tdot_core.metrics.features import Features
from tdot_core.metrics.neighbours import Neighbourhoods

K = 3


def _recall(balls: Neighbourhoods, real: Array, k: int) -> float:
    return float(np.mean(balls.count(real, k, strict=False) > 0))


def recall(*, real: Any, fake: Any, k: int = K) -> float:
    """Return the share of real features within (<=) the k-th-neighbour ball of any fake feature, in [0, 1].

    Kynkäänniemi 2019, Eq. 1-2. real (n, d), fake (m > k, d). Raises TdotError with too few or non-finite features.
    """
    real, fake = checked_pair(real, fake)
    return _recall(Neighbourhoods(fake), real, k)


class Recall(Metric):
    """Improved recall as a registered metric."""

    key = "recall"
    label = "Recall"
    summary = (
        f"Share of real images that lie among the fake ones (within reach of a fake image's {K} nearest neighbours)."
    )
    formula = r"\frac1n\sum_i \mathbf 1\bigl[\exists j:\ \lVert r_i-f_j\rVert\le \mathrm{NN}_3(f_j)\bigr]"
    direction = "higher"
    reference = "kynkaanniemi2019"
    equation = "Eq. 1-2"
    needs = "features"
    order = 6

    def compute(self, *, real: Features, fake: Features, extra: Extras) -> float:
        return _recall(fake.neighbourhoods, real.array, K)
