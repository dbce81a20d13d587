"""How much of a lifted prior's error the exact chain of a Gaussian lets through, and what stands above the noise at a step."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from tdot_core.errors import TdotError

Float64 = npt.NDArray[np.float64]


def directions_above_noise(eigenvalues: Float64, alpha_bar: float) -> int:
    """Return how many principal directions have ab lambda_i > 1 - ab: more signal than noise. eigenvalues: (d,), ab in [0, 1]."""
    return int((alpha_bar * np.asarray(eigenvalues) > 1 - alpha_bar).sum())


def emergence_steps(eigenvalues: Float64, alpha_bar: Float64) -> npt.NDArray[np.int64]:
    """Return, for each eigenvalue (d,), the largest t with lambda_i ab_t / (1 - ab_t) >= 1: where it emerges going down; 0 if never.

    alpha_bar: (T + 1,), falling, alpha_bar[0] = 1, so that every direction of positive variance has emerged at t = 0.
    """
    above = np.outer(eigenvalues, alpha_bar) >= 1 - alpha_bar
    return np.where(above.any(axis=1), above.shape[1] - 1 - above[:, ::-1].argmax(axis=1), 0).astype(np.int64)


def chain_gain(eigenvalues: Float64, alpha_bar: float) -> Float64:
    """Return kappa_i = lambda_i / (ab lambda_i + 1 - ab), (d,): the square of the exact deterministic chain's slope from t* to 0.

    For Gaussian data of variance lambda_i along a direction, the probability-flow map multiplies deviations from the mean at
    t* by kappa_i^(1/2). Source: song2021ddim, Eq. 13, solved for Gaussian data.
    """
    variance = np.asarray(eigenvalues)
    return variance / (alpha_bar * variance + 1 - alpha_bar)


def ddim_gain(eigenvalues: Float64, alpha_bars: Float64) -> Float64:
    """Return what `chain_gain` becomes in few DDIM steps, (d,): the square of the slope from the first level to the last.

    alpha_bars: the levels that the chain visits, rising, the last one 1. A step from ab to ab' multiplies a deviation from the
    mean by (sqrt(ab ab') lambda_i + sqrt((1 - ab)(1 - ab'))) / (ab lambda_i + 1 - ab), the network being the closed-form
    denoiser of Gaussian data. Source: song2021ddim, Eq. 12 with eta 0.
    """
    variance, slope = np.asarray(eigenvalues), np.ones(len(eigenvalues))
    for high, low in pairwise(alpha_bars):
        slope = (
            slope * (np.sqrt(high * low) * variance + np.sqrt((1 - high) * (1 - low))) / (high * variance + 1 - high)
        )
    return np.square(slope)


def surviving_error(
    eigenvalues: Float64, mean_error: Float64, variance: Float64, alpha_bar_star: float, alpha_bar_train: float
) -> float:
    """Return the squared W2 between data and chain output: sum_i kappa_i r m_i^2 + (sqrt(kappa_i (r v_i + 1 - r)) - sqrt(lambda_i))^2.

    The prior is described along the data's principal components at t_train: mean_error m_i, its mean minus that of x_{t_train},
    and variance v_i, each (d,). It is lifted to t*, r = ab_{t*} / ab_{t_train}, and walked down exactly, all taken as
    Gaussian with the same components. Raises TdotError for shapes that differ or t* < t_train.
    """
    gain = chain_gain(eigenvalues, alpha_bar_star)
    return _left(eigenvalues, mean_error, variance, gain, _lift(alpha_bar_star, alpha_bar_train))


def walked_error(
    eigenvalues: Float64, mean_error: Float64, variance: Float64, alpha_bars: Float64, alpha_bar_train: float
) -> float:
    """Return `surviving_error` of a chain of few DDIM steps, so that what the steps themselves get wrong is in it.

    alpha_bars: the levels that the chain visits, from that of t* up to 1. Raises TdotError as `surviving_error` does.
    """
    gain = ddim_gain(eigenvalues, alpha_bars)
    return _left(eigenvalues, mean_error, variance, gain, _lift(float(alpha_bars[0]), alpha_bar_train))


def _lift(alpha_bar_star: float, alpha_bar_train: float) -> float:
    if alpha_bar_star > alpha_bar_train:
        raise TdotError("A prior can only be lifted to larger steps: t_star is below t_train.")
    return alpha_bar_star / alpha_bar_train


def _left(eigenvalues: Float64, mean_error: Float64, variance: Float64, gain: Float64, r: float) -> float:
    if not len(eigenvalues) == len(mean_error) == len(variance):
        raise TdotError(f"Components do not match: {len(eigenvalues)}, {len(mean_error)} and {len(variance)}.")
    spread = np.sqrt(gain * (r * variance + 1 - r)) - np.sqrt(eigenvalues)
    return float((gain * r * np.square(mean_error) + np.square(spread)).sum())
