"""How strong things are, from which of two was preferred how often."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

Z95 = 1.959963984540054
ROUNDS, TOLERANCE = 200, 1e-12


@dataclass(frozen=True)
class Strengths:
    """score: (m,) log-strengths of mean 0, the odds of i against j being exp(score_i - score_j); low, high: 95 % intervals."""

    score: Floats
    low: Floats
    high: Floats


def bradley_terry(wins: Floats, spread: float | None = None) -> Strengths:
    """Return maximum-likelihood strengths: P(i preferred to j) = 1 / (1 + exp(s_j - s_i)) (bradley1952).

    wins: (m, m) >= 0, entry (i, j) how often i was preferred to j, a tie half for each; the diagonal is not looked at. spread:
    standard deviation of a normal prior on the strengths, which keeps those finite that won always or never; None for none.
    Intervals are Wald's, score +- 1.96 sqrt(diagonal of the inverse of the observed information), the mean of the scores
    held at 0. Without spread, whatever the votes do not bound is NaN. Raises ValueError for a matrix that is not square or
    has negative entries.
    """
    wins = np.array(wins, dtype=np.float64)
    if wins.ndim != 2 or wins.shape[0] != wins.shape[1] or not (wins >= 0).all():
        raise ValueError(f"wins must be a square matrix of numbers >= 0, found shape {wins.shape}.")
    np.fill_diagonal(wins, 0.0)
    if spread is None and not _connected(wins):
        unknown = np.full(len(wins), np.nan)
        return Strengths(unknown, unknown, unknown)
    score = _maximise(wins, 0.0 if spread is None else spread**-2)
    wide = Z95 * np.sqrt(np.diag(_covariance(wins, score, 0.0 if spread is None else spread**-2)))
    return Strengths(score, score - wide, score + wide)


def _connected(wins: Floats) -> bool:
    """Return whether everything reaches everything along preferences: only then is there a maximum (Ford 1957)."""
    reach = (wins > 0) | np.eye(len(wins), dtype=bool)
    for _ in range(len(wins)):
        reach = (reach.astype(np.int64) @ reach.astype(np.int64)) > 0
    return bool(reach.all())


def _maximise(wins: Floats, precision: float) -> Floats:
    """Climb by Newton's steps, shortened where they would overshoot, to where the gradient vanishes."""
    score = np.zeros(len(wins))
    for _ in range(ROUNDS):
        step = _covariance(wins, score, precision) @ _gradient(wins, score, precision)
        score = score + step / max(1.0, float(np.abs(step).max(initial=0.0)))
        if np.abs(step).max(initial=0.0) < TOLERANCE:
            break
    return score


def _chances(score: Floats) -> Floats:
    """Return P(i preferred to j), (m, m)."""
    return np.asarray(1.0 / (1.0 + np.exp(score[None, :] - score[:, None])), dtype=np.float64)


def _gradient(wins: Floats, score: Floats, precision: float) -> Floats:
    expected = (wins + wins.T) * _chances(score)
    return np.asarray(wins.sum(1) - expected.sum(1) - precision * score, dtype=np.float64)


def _covariance(wins: Floats, score: Floats, precision: float) -> Floats:
    """Return the inverse of the observed information among strengths of mean 0."""
    chance = _chances(score)
    pairs = (wins + wins.T) * chance * (1 - chance)
    information = np.diag(pairs.sum(1) + precision) - pairs
    centre = np.eye(len(wins)) - 1.0 / max(len(wins), 1)
    return np.asarray(np.linalg.pinv(centre @ information @ centre, hermitian=True), dtype=np.float64)
