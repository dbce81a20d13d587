"""Principal components of real features, and how widely other features spread beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tdot_core.errors import TdotError
from tdot_core.metrics.checks import checked_features
from tdot_core.metrics.statistics import Statistics

Float64 = NDArray[np.float64]

ROWS_PER_WIDTH = 2


@dataclass(frozen=True, eq=False)
class Projection:
    """Hold mean (d,), axes (k, d) of unit length, and explained (k,): each axis' share of the total variance, largest first.

    The entry of largest magnitude in every axis is positive, so that the picture never flips between two visits.
    """

    mean: Float64
    axes: Float64
    explained: Float64

    def apply(self, features: Any) -> Float64:
        """Return the coordinates (n, k) of features (n, d); raises TdotError when the width differs or values are not finite."""
        features = checked_features("given", features)
        if features.shape[1] != self.mean.size:
            raise TdotError(
                f"The projection takes features of width {self.mean.size}, found width {features.shape[1]}."
            )
        coordinates: Float64 = (features.astype(np.float64) - self.mean) @ self.axes.T
        return coordinates


def fit_projection(features: Any, k: int = 3) -> Projection:
    """Return the first k principal components of features (n, d), by scikit-learn's exact solvers in float64.

    Raises TdotError when fewer than k + 1 images or k dimensions are there, or when all features are equal.
    """
    features = checked_features("real", features).astype(np.float64)
    n, d = features.shape
    if k < 1 or n <= k or d < k:
        raise TdotError(f"{k} principal components need more than {k} images and {k} dimensions; found {n} and {d}.")
    from sklearn.decomposition import PCA

    mean = features.mean(axis=0)
    features -= mean
    if not features.any():
        raise TdotError("All these features are equal, so there is no direction of largest variance.")
    # The covariance route is far quicker for many rows; centring before it keeps the digits a large mean would cost.
    fitted = PCA(k, svd_solver="covariance_eigh" if n >= ROWS_PER_WIDTH * d else "full").fit(features)
    axes = fitted.components_
    largest = axes[np.arange(k), np.abs(axes).argmax(axis=1)]
    return Projection(mean, axes * np.where(largest < 0, -1.0, 1.0)[:, None], fitted.explained_variance_ratio_)


def relative_spread(*, real: Statistics, fake: Statistics) -> float:
    """Return tr(cov_f of fake) / tr(cov_f of real): 1 when they spread alike, below 1 when the fakes cluster.

    Raises TdotError when the widths differ or the real features do not vary.
    """
    if real.width != fake.width:
        raise TdotError(f"Real features have width {real.width} and fake ones {fake.width}; use one extractor layer.")
    whole = float(np.trace(real.cov_f))
    if whole <= 0:
        raise TdotError("The real features do not vary, so nothing can be compared with their spread.")
    return float(np.trace(fake.cov_f)) / whole
