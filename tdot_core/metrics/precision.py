"""Improved precision (Kynkäänniemi 2019)."""

from __future__ import annotations

from typing import Any

import numpy as np

from tdot_core.metrics.base import Metric
from tdot_core.metrics.checks import Array, checked_pair
from tdot_core.metrics.extras import Extras
from tdot_core.metrics.features import Features
from tdot_core.metrics.neighbours import Neighbourhoods

K = 3


def _precision(balls: Neighbourhoods, fake: Array, k: int) -> float:
    return float(np.mean(balls.count(fake, k, strict=False) > 0))


def precision(*, real: Any, fake: Any, k: int = K) -> float:
    """Return the share of fake features within (<=) the k-th-neighbour ball of any real feature, in [0, 1].

    Kynkäänniemi 2019, Eq. 1-2. real (n > k, d), fake (m, d). Raises TdotError with too few or non-finite features.
    """
    real, fake = checked_pair(real, fake)
    return _precision(Neighbourhoods(real), fake, k)


class Precision(Metric):
    """Improved precision as a registered metric."""

    key = "precision"
    label = "Precision"
    summary = (
        f"Share of fake images that lie among the real ones (within reach of a real image's {K} nearest neighbours)."
    )
    formula = r"\frac1m\sum_j \mathbf 1\bigl[\exists i:\ \lVert f_j-r_i\rVert\le \mathrm{NN}_3(r_i)\bigr]"
    direction = "higher"
    reference = "kynkaanniemi2019"
    equation = "Eq. 1-2"
    needs = "features"
    order = 5

    def compute(self, *, real: Features, fake: Features, extra: Extras) -> float:
        return _precision(real.neighbourhoods, fake.array, K)
