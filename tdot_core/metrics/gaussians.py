"""The distance between Gaussians, which every Fréchet distance of features is, and what it is called."""

from __future__ import annotations

import numpy as np

from tdot_core.errors import TdotError
from tdot_core.metrics.checks import finite
from tdot_core.metrics.statistics import Statistics


def distance_name(extractor: str, layer: str) -> str:
    """Return what the Fréchet distance is called: FID-64 on inception layer 64, FD-cnn on cifar-cnn, else FD-<extractor>."""
    if extractor == "inception":
        return f"FID-{layer}"
    return "FD-cnn" if extractor == "cifar-cnn" else f"FD-{extractor}"


def frechet_distance(*, real: Statistics, fake: Statistics) -> float:
    """Return |m_r - m_f|^2 + tr(C_r + C_f - 2 (C_r C_f)^(1/2)), >= 0 (Heusel 2017, Eq. 6; Dowson and Landau 1982).

    The trace of the root is the nuclear norm of F_f^T F_r with C = F F^T: singular values of the factors keep the digits
    that eigenvalues of the product lose, and a singular covariance only makes F narrower. Raises TdotError when the
    widths differ or the value overflows.
    """
    if real.width != fake.width:
        raise TdotError(f"Real statistics have width {real.width} and fake ones {fake.width}; use one extractor layer.")
    difference = real.mean_f - fake.mean_f
    with np.errstate(over="ignore", invalid="ignore"):
        spread = float(np.trace(real.cov_f) + np.trace(fake.cov_f))
        product = fake.factor.T @ real.factor
        finite("The Fréchet distance", float(np.abs(product).sum()))
        overlap = float(np.linalg.svd(product, compute_uv=False).sum())
        value = finite("The Fréchet distance", float(difference @ difference) + spread - 2 * overlap)
    # Rounding may leave equal statistics some 1e-16 of the trace below 0, which no distance can be.
    return max(value, 0.0)
