"""How densely points lie in the plane, and the levels whose contours hold given shares of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tdot_core.errors import TdotError

Float64 = NDArray[np.float64]

BLOCK = 2**21
FEWEST = 5


def gaussian_density(points: Any, places: Any) -> Float64:
    """Return the Gaussian kernel density of points (n, 2) at places (m, 2), shape (m,).

    p(x) = 1/n sum_i N(x; x_i, n^(-1/3) C), C the points' covariance and n^(-1/6) Scott's factor in two dimensions.
    Raises TdotError for fewer than 5 points, or when they lie on one line.
    """
    points, places = np.asarray(points, np.float64), np.asarray(places, np.float64)
    n = len(points)
    if n < FEWEST:
        raise TdotError(f"A density needs at least {FEWEST} points, found {n}.")
    try:
        root = np.linalg.cholesky(np.cov(points.T) * n ** (-1 / 3))
    except np.linalg.LinAlgError as error:
        raise TdotError("These points lie on one line, so they have no density in the plane.") from error
    # Whitened, the kernel is a round Gaussian, and a squared distance is all that it takes.
    own, at = (np.linalg.solve(root, x.T).T for x in (points, places))
    out = np.empty(len(at))
    rows = max(1, BLOCK // n)
    for start in range(0, len(at), rows):
        some = at[start : start + rows]
        squared = (some**2).sum(1)[:, None] - 2 * some @ own.T + (own**2).sum(1)
        out[start : start + rows] = np.exp(-0.5 * squared).sum(1)
    scale: float = 2 * np.pi * n * float(np.prod(np.diag(root)))
    return out / scale


def mass_levels(at_points: Any, shares: Sequence[float]) -> list[float]:
    """Return, for each share in (0, 1), the density above which that share of the points lies.

    at_points (n,): the density at the points themselves. The region above a level is the smallest that holds its share
    (hyndman1996).
    """
    return [float(level) for level in np.quantile(np.asarray(at_points, np.float64), [1 - share for share in shares])]
