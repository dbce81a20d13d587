"""RecallDist: how far real images are from the nearest fake one."""

from __future__ import annotations

from typing import Any

import numpy as np

from tdot_core.metrics.base import Metric
from tdot_core.metrics.checks import checked_pair, finite
from tdot_core.metrics.extras import Extras
from tdot_core.metrics.features import Features
from tdot_core.metrics.neighbours import nearest_squared
from tdot_core.metrics.pairs import Float64


def _mean_distance(squared: Float64) -> float:
    return float(np.sqrt(squared).mean())


def recall_dist(*, real: Any, fake: Any) -> float:
    """Return (1/n) sum over real features of the Euclidean distance to the nearest fake feature.

    real (n, d), fake (m, d). It falls as m grows. Raises TdotError on empty, non-finite or mismatched features.
    """
    real, fake = checked_pair(real, fake)
    return finite("RecallDist", _mean_distance(nearest_squared(real, fake)[0]))


class RecallDist(Metric):
    """RecallDist as a registered metric."""

    key = "recall_dist"
    label = "RecallDist"
    summary = (
        "Mean distance from each real image to its nearest fake one, in feature space: small when nothing real is missed. "
        "It depends on both numbers of images."
    )
    formula = r"\frac1n\sum_{i}\min_j\lVert r_i-f_j\rVert"
    direction = "lower"
    reference = ""
    needs = "features"
    order = 2

    def compute(self, *, real: Features, fake: Features, extra: Extras) -> float:
        return _mean_distance(real.nearest(fake)[0])
