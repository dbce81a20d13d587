"""The Bures-Wasserstein distance between Gaussians, from samples on one side and moments on the other."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Float64 = npt.NDArray[np.float64]


def bures_distance(samples: npt.NDArray[np.floating], mean: Float64, factor: Float64) -> float:
    """Return W2 between the Gaussian fitted to samples (n >= 2, d) and N(mean, factor factor^T), factor (d, r).

    W2^2 = |m - mean|^2 + tr(S) + tr(C) - 2 tr((S^(1/2) C S^(1/2))^(1/2)), the last trace the nuclear norm of X factor with
    X^T X = S, the unbiased covariance of the samples (Gelbrich 1990; Peyré and Cuturi 2019, Remark 2.31). With n < d the
    covariance of the samples is singular and the distance too large; compare with true samples of the same n.
    """
    x = np.asarray(samples, np.float64)
    centre = x.mean(axis=0)
    x = (x - centre) / np.sqrt(len(x) - 1)
    product = x @ factor
    # The eigenvalues of the smaller Gram matrix: a tenth of the time of singular values, to about 1e-8 of the trace.
    gram = product @ product.T if len(product) <= product.shape[1] else product.T @ product
    overlap = float(np.sqrt(np.linalg.eigvalsh(gram).clip(0)).sum())
    spread = float(np.square(x).sum() + np.square(factor).sum())
    return float(np.sqrt(max(float(np.square(centre - mean).sum()) + spread - 2 * overlap, 0.0)))
