"""PrecisionDist: how far fake images are from the nearest real one."""

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


def precision_dist(*, real: Any, fake: Any) -> float:
    """Return (1/m) sum over fake features of the Euclidean distance to the nearest real feature.

    real (n, d), fake (m, d). It falls as n grows. Raises TdotError on empty, non-finite or mismatched features.
    """
    real, fake = checked_pair(real, fake)
    return finite("PrecisionDist", _mean_distance(nearest_squared(fake, real)[0]))


class PrecisionDist(Metric):
    """PrecisionDist as a registered metric."""

    key = "precision_dist"
    label = "PrecisionDist"
    summary = (
        "Mean distance from each fake image to its nearest real one, in feature space: small when every fake looks real, "
        "or is a copy. It depends on the number of real images."
    )
    formula = r"\frac1m\sum_{j}\min_i\lVert f_j-r_i\rVert"
    direction = "lower"
    reference = ""
    needs = "features"
    order = 3

    def compute(self, *, real: Features, fake: Features, extra: Extras) -> float:
        return _mean_distance(fake.nearest(real)[0])
