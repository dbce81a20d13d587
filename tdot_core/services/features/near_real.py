"""The real images nearest to points in feature space, and the real ones farthest from everything that was drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tdot_core.metrics.neighbours import k_smallest, nearest_squared
from tdot_core.metrics.pairs import all_rows

Float64 = NDArray[np.float64]
Index = NDArray[np.int64]
Array = NDArray[np.floating[Any]]


@dataclass(frozen=True, eq=False)
class NearReal:
    """Hold, for each of n points, its k nearest real features: their rows (n, k) and Euclidean distances (n, k), nearest first."""

    rows: Index
    distances: Float64


def near_real(features: Array, real: Array, k: int, own: Index | None = None) -> NearReal:
    """Return the k nearest of real (m, d) to each of features (n, d), fewer where there are fewer; exact.

    own (n,): the row of real that each point itself is, which is left out; None when the points are not among them.
    """
    k = min(k, len(real) - (own is not None))
    squared, rows = k_smallest(all_rows(features), all_rows(real), k + (own is not None))
    if own is not None:
        # The point itself may stand behind an equal one; where it is not among the nearest, the farthest goes.
        other = rows != own[:, None]
        order = np.argsort(~other, axis=1, kind="stable")[:, :k]
        squared, rows = np.take_along_axis(squared, order, 1), np.take_along_axis(rows, order, 1)
    return NearReal(rows, np.sqrt(squared))


@dataclass(frozen=True, eq=False)
class Missing:
    """Hold real features that lie far from everything drawn, farthest first.

    rows (n,): in the real array; distances (n,): Euclidean, to the nearest drawn one; drawn (n,): which one that is.
    """

    rows: Index
    distances: Float64
    drawn: Index


def farthest_real(real: Array, drawn: Array) -> Missing:
    """Order real (m, d) by the distance to the nearest of drawn (n, d), farthest first, ties by the lower row.

    Each distance is a term of RecallDist, which is their mean.
    """
    squared, nearest = nearest_squared(real, drawn)
    rows = np.argsort(-squared, kind="stable")
    return Missing(rows, np.sqrt(squared[rows]), nearest[rows])
