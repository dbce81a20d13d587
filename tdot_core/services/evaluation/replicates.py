"""A metric's values without one group of images after another, for an interval where only one set exists."""

from __future__ import annotations

import numpy as np

from tdot_core.errors import TdotError
from tdot_core.metrics.base import Metric
from tdot_core.metrics.extras import Extras
from tdot_core.metrics.features import Features

GROUPS = 10
WIDEST = 768
"""Ten Fréchet distances of 2,048 dimensions take longer than a second set of images."""


def replicates(metric: Metric, real: Features, fake: Features, extra: Extras) -> tuple[float, ...]:
    """Return the metric on fake without group g, for g = 0..9; image i is of group i mod 10. Empty where that is not honest.

    Only smooth metrics allow it (`Metric.smooth`): what depends on nearest neighbours changes in jumps, and so does a
    covariance of fewer images than dimensions. Two priors from common seeds lose the same seeds.
    """
    left = fake.n * (GROUPS - 1) // GROUPS
    if not metric.smooth or fake.n < 2 * GROUPS or fake.width >= left or fake.width > WIDEST:
        return ()
    array, group = fake.array, np.arange(fake.n) % GROUPS
    try:
        return tuple(
            float(metric.compute(real=real, fake=Features(array[group != g]), extra=extra)) for g in range(GROUPS)
        )
    except TdotError:
        return ()
