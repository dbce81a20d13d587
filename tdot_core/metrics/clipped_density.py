"""Clipped density (Salvy 2025): density that neither outliers among real images nor crowds of fakes can raise."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tdot_core.errors import TdotError
from tdot_core.metrics.base import Metric
from tdot_core.metrics.checks import Array, checked_pair
from tdot_core.metrics.extras import Extras
from tdot_core.metrics.features import Features
from tdot_core.metrics.neighbours import Neighbourhoods
from tdot_core.metrics.pairs import Float64, Index

K = 5


class ClippedNeighbourhoods(Neighbourhoods):
    """Balls around the points of others, none larger than the median ball. balls: theirs, whose distances are not searched again."""

    def __init__(self, balls: Neighbourhoods) -> None:
        super().__init__(balls.points)
        self._balls = balls

    def _radius2_of_groups(self, k: int) -> Float64:
        radius2 = self._balls._radius2_of_groups(k)
        return np.minimum(radius2, _median2(radius2[self._group]))


def _median2(squared: Float64) -> float:
    """Return the square of the median length; exact where that is one of the lengths, which may decide about ties."""
    n, ordered = len(squared), np.sort(squared)
    low, high = float(ordered[(n - 1) // 2]), float(ordered[n // 2])
    return low if low == high else ((math.sqrt(low) + math.sqrt(high)) / 2) ** 2


def _share(counts: Index) -> float:
    return float(np.minimum(counts / K, 1).mean())


def _clipped_density(balls: ClippedNeighbourhoods, fake: Array) -> float:
    # A point lies in its own ball, which is no neighbour's.
    attained = _share(balls.count(balls.points, K, strict=False) - 1)
    if attained == 0:
        raise TdotError("No real image lies in another one's neighbourhood, so there is nothing to compare with.")
    return min(_share(balls.count(fake, K, strict=False)) / attained, 1.0)


def clipped_density(*, real: Any, fake: Any) -> float:
    """Return min(1, D(fake) / D(real)), D(x) the mean over x of min(1, number of real balls that hold x / 5), in [0, 1].

    Balls reach the 5th neighbour, the point itself not counted, but no further than the median of those distances (<=). For D(real)
    a real image's own ball does not count. Salvy 2025, clipped density. real (n > 5, d), fake (m, d). Raises TdotError with too few or
    non-finite features.
    """
    real, fake = checked_pair(real, fake)
    return _clipped_density(ClippedNeighbourhoods(Neighbourhoods(real)), fake)


class ClippedDensity(Metric):
    """Clipped density as a registered metric."""

    key = "clipped_density"
    label = "Clipped density"
    summary = (
        "Density in which no image counts more than a real one, and no ball is larger than the median: the share of fake images that "
        "lie where real ones do. It falls in step with the share of bad images, to 0 when all are."
    )
    formula = (
        r"\min\Bigl(1,\frac{D(f)}{D(r)}\Bigr),\quad D(x)=\frac1m\sum_j\min\Bigl(1,\frac15\sum_i \mathbf 1\bigl[\lVert x_j-r_i\rVert\le "
        r"\min(\mathrm{NN}_5(r_i),\operatorname{median}\mathrm{NN}_5)\bigr]\Bigr)"
    )
    direction = "higher"
    reference = "salvy2025"
    needs = "features"
    order = 13

    def compute(self, *, real: Features, fake: Features, extra: Extras) -> float:
        return _clipped_density(ClippedNeighbourhoods(real.neighbourhoods), fake.array)
