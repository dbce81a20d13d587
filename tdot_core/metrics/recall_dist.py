"""RecallDist: how far real images are from the nearest fake one."""

from __future__ import annotations

from typing import Any

import numpy as np

from tdot_core.metrics.base import Metric
from tdot_core.metrics.checks import checked_pair, finite
from tdot_core.metrics.features import Features
from tdot_core.metrics.neighbours import nearest_squared


def recall_dist(*, real: Any, fake: Any) -> float:
    """Return (1/n) sum over real features of the Euclidean distance to the nearest fake feature.

    real (n, d), fake (m, d). It falls as m grows. Raises TdotError on empty, non-finite or mismatched features.
    """
    real, fake = checked_pair(real, fake)
    return finite("RecallDist", float(np.sqrt(nearest_squared(real, fake)[0]).mean()))


class RecallDist(Metric):
    """RecallDist as a registered metric."""

    key = "recall_dist"
    label = "RecallDist"
    summary = (
        "Mean distance from each real image to its nearest fake one, in feature space: small when nothing real is missed. "
        "It depends on both numbers of images."
    )
    direction = "lower"
    reference = ""
    needs = "features"
    order = 2

    def compute(self, *, real: Features, fake: Features) -> float:
        return recall_dist(real=real.array, fake=fake.array)
