"""The distance between Gaussians, which every Fréchet distance of features is."""

from __future__ import annotations

import numpy as np

from tdot_core.errors import TdotError
from tdot_core.metrics.checks import finite
from tdot_core.metrics.statistics import Float64, Statistics

ULPS, TOLERANCE = 16, 1e-9


def frechet_distance(*, real: Statistics, fake: Statistics) -> float:
    """Return |m_r - m_f|^2 + tr(C_r + C_f - 2 (C_r C_f)^(1/2)), >= 0 (Heusel 2017, Eq. 6; Dowson and Landau 1982).

    The trace of the root is the sum of the singular values of M = F_f^T F_r with C = F F^T; a singular covariance only makes
    F narrower. They are first taken as roots of the eigenvalues of M M^T, several times faster, and by a singular value
    decomposition, which keeps the digits of small ones, where rounding could show. Raises TdotError when the widths differ or
    the value overflows.
    """
    if real.width != fake.width:
        raise TdotError(f"Real statistics have width {real.width} and fake ones {fake.width}; use one extractor layer.")
    difference = real.mean_f - fake.mean_f
    with np.errstate(over="ignore", invalid="ignore"):
        product = fake.factor.T @ real.factor
        apart = float(difference @ difference) + float(np.trace(real.cov_f) + np.trace(fake.cov_f))
        finite("The Fréchet distance", float(np.abs(product).sum()))
        overlap, error = _roots_of_eigenvalues(product)
        if not 2 * error <= TOLERANCE * abs(apart - 2 * overlap):
            overlap = float(np.linalg.svd(product, compute_uv=False).sum())
        value = finite("The Fréchet distance", apart - 2 * overlap)
    # Rounding may leave equal statistics some 1e-16 of the trace below 0, which no distance can be.
    return max(value, 0.0)


def _roots_of_eigenvalues(product: Float64) -> tuple[float, float]:
    """Return the sum of the singular values of a matrix from its smaller Gram matrix, and a bound on its error.

    Eigenvalues err by delta, some units in the last place of the largest, hence the root s by delta / 2 s, at most by
    delta^(1/2). The sum is NaN where the Gram matrix overflows.
    """
    if 0 in product.shape:
        return 0.0, 0.0
    gram = product @ product.T if product.shape[0] <= product.shape[1] else product.T @ product
    if not np.isfinite(gram).all():
        return np.nan, np.inf
    roots = np.sqrt(np.maximum(np.linalg.eigvalsh(gram), 0))
    delta = ULPS * np.finfo(np.float64).eps * roots[-1] ** 2
    errors = np.minimum(delta / np.maximum(2 * roots, np.finfo(np.float64).tiny), np.sqrt(delta))
    return float(roots.sum()), float(errors.sum())
