"""The sliced Wasserstein distance between real and fake features (Bonneel 2015)."""

from __future__ import annotations

from typing import Any

import numpy as np

from tdot_core.metrics.base import Metric
from tdot_core.metrics.checks import BLOCK_ROWS, Array, checked_pair
from tdot_core.metrics.extras import Extras
from tdot_core.metrics.features import Features
from tdot_core.metrics.pairs import Float64

DIRECTIONS = 256
AT_ONCE = 64
SEED = 2020


def unit_directions(d: int, k: int = DIRECTIONS, seed: int = SEED) -> Float64:
    """Return k directions uniform on the unit sphere of R^d, shape (k, d), from RandomState(seed)."""
    theta = np.random.RandomState(seed).standard_normal((k, d))
    unit: Float64 = theta / np.linalg.norm(theta, axis=1, keepdims=True)
    return unit


def sliced_wasserstein_distance(*, real: Any, fake: Any, theta: Float64 | None = None) -> float:
    """Return ((1/K) sum_k W2^2 of the projections on theta_k)^(1/2), >= 0; 0 for equal sets.

    Bonneel 2015, Eq. 9; on a line, W2 pairs sorted values, and exactly so for sets of different size: each quantile of the
    one with the same quantile of the other. real (n, d), fake (m, d), theta (K, d), default `unit_directions(d)`; float64.
    Raises TdotError on empty, non-finite or mismatched features.
    """
    real, fake = checked_pair(real, fake)
    theta = unit_directions(real.shape[1]) if theta is None else theta
    weights, i, j = _coupling(len(real), len(fake))
    total = 0.0
    with np.errstate(over="ignore"):
        for start in range(0, len(theta), AT_ONCE):
            x, y = (_sorted_projections(side, theta[start : start + AT_ONCE]) for side in (real, fake))
            difference = x - y if len(real) == len(fake) else x[:, i] - y[:, j]
            total += float((np.square(difference) @ weights).sum())
        return float(np.sqrt(total / len(theta)))


def _coupling(n: int, m: int) -> tuple[Float64, Any, Any]:
    """Return the pieces of [0, 1] on which both quantile functions are constant: their lengths, and the ranks i and j.

    Counted in units of 1 / (n m), so that no boundary is rounded.
    """
    ends = np.union1d(np.arange(1, n + 1) * m, np.arange(1, m + 1) * n)
    begins = np.concatenate([[0], ends[:-1]])
    return (ends - begins) / (n * m), begins // m, begins // n


def _sorted_projections(features: Array, theta: Float64) -> Float64:
    blocks = [theta @ features[k : k + BLOCK_ROWS].astype(np.float64).T for k in range(0, len(features), BLOCK_ROWS)]
    return np.sort(np.concatenate(blocks, axis=1), axis=1)


class SlicedWasserstein(Metric):
    """The sliced Wasserstein distance of features as a registered metric."""

    key = "sliced_wasserstein"
    label = "Sliced Wasserstein"
    summary = (
        f"How far real and fake features must be moved to meet, averaged over {DIRECTIONS} fixed directions; unlike the Fréchet "
        "distance it sees more than mean and covariance. It falls with more images, so compare only at equal n."
    )
    formula = (
        r"\Bigl(\frac1K\sum_k \int_0^1 \bigl(F^{-1}_{\langle r,\theta_k\rangle}(u)-F^{-1}_{\langle f,\theta_k\rangle}(u)\bigr)^2"
        r"\,\mathrm du\Bigr)^{1/2},\qquad K=256"
    )
    direction = "lower"
    reference = "bonneel2015"
    equation = "Eq. 9"
    needs = "features"
    order = 9

    def compute(self, *, real: Features, fake: Features, extra: Extras) -> float:
        return sliced_wasserstein_distance(real=real.array, fake=fake.array)

    def note(self, *, real: Features, fake: Features, extra: Extras) -> str:
        return "" if real.n == fake.n else f"{fake.n} fake against {real.n} real images, paired by quantile."
