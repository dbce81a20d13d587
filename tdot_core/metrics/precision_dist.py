"""PrecisionDist: how far fake images are from the nearest real one."""

from __future__ import annotations

from typing import Any

import numpy as np

from tdot_core.metrics.base import Metric
from tdot_core.metrics.checks import checked_pair, finite
from tdot_core.metrics.features import Features
from tdot_core.metrics.neighbours import nearest_squared


def precision_dist(*, real: Any, fake: Any) -> float:
    """Return (1/m) sum over fake features of the Euclidean distance to the nearest real feature.

    real (n, d), fake (m, d). It falls as n grows. Raises TdotError on empty, non-finite or mismatched features.
    """
    real, fake = checked_pair(real, fake)
    return finite("PrecisionDist", float(np.sqrt(nearest_squared(fake, real)[0]).mean()))


class PrecisionDist(Metric):
    """PrecisionDist as a registered metric."""

    key = "precision_dist"
    label = "PrecisionDist"
    summary = (
        "Mean distance from each fake image to its nearest real one, in feature space: small when every fake looks real, "
        "or is a copy. It depends on the number of real images."
    )
    direction = "lower"
    reference = ""
    needs = "features"
    order = 3

    def compute(self, *, real: Features, fake: Features) -> float:
        return precision_dist(real=real.array, fake=fake.array)
