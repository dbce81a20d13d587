"""Density (Naeem 2020)."""

from __future__ import annotations

from typing import Any

from tdot_core.metrics.base import Metric
from tdot_core.metrics.checks import Array, checked_pair
from tdot_core.metrics.extras import Extras
from tdot_core.metrics.features import Features
from tdot_core.metrics.neighbours import Neighbourhoods

K = 5


def _density(balls: Neighbourhoods, fake: Array, k: int) -> float:
    return float(balls.count(fake, k, strict=True).mean()) / k


def density(*, real: Any, fake: Any, k: int = K) -> float:
    """Return (1 / k m) sum over fake features of how many real k-th-neighbour balls hold them (<); >= 0, about 1 at equality.

    Naeem 2020, Eq. 4; the k-th neighbour does not count the point itself. real (n > k, d), fake (m, d). Raises TdotError
    with too few or non-finite features.
    """
    real, fake = checked_pair(real, fake)
    return _density(Neighbourhoods(real), fake, k)


class Density(Metric):
    """Density as a registered metric."""

    key = "density"
    label = "Density"
    summary = (
        "How many real neighbourhoods hold a fake image, against what is expected: about 1 for real images, "
        "above 1 when fakes crowd where real images are densest."
    )
    formula = r"\frac1{km}\sum_j\sum_i \mathbf 1\bigl[\lVert f_j-r_i\rVert< \mathrm{NN}_5(r_i)\bigr],\qquad k=5"
    direction = "higher"
    reference = "naeem2020"
    equation = "Eq. 4"
    needs = "features"
    order = 7

    def compute(self, *, real: Features, fake: Features, extra: Extras) -> float:
        return _density(real.neighbourhoods, fake.array, K)
