"""Bradley and Terry's strengths against general maximum likelihood, closed forms and simulated votes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit, log_expit

from tdot_core.maths.bradley_terry import bradley_terry


def loss(free: np.ndarray, wins: np.ndarray, spread: float | None) -> float:
    """Negative log-likelihood of strengths whose mean is 0, given all but the last."""
    score = np.append(free, -free.sum())
    likelihood = (wins * log_expit(score[:, None] - score[None, :])).sum()
    return float(-likelihood + (0.0 if spread is None else 0.5 * (score**2).sum() / spread**2))


def by_scipy(wins: np.ndarray, spread: float | None) -> tuple[np.ndarray, np.ndarray]:
    """Return scores and their standard errors, by a general optimiser and a Hessian of differences."""
    m = len(wins)
    best = minimize(loss, np.zeros(m - 1), (wins, spread), method="Nelder-Mead" if m == 2 else "BFGS", tol=1e-10).x
    h, e = 1e-4, np.eye(m - 1)

    def at(a: np.ndarray) -> float:
        return loss(best + a, wins, spread)

    hessian = np.array(
        [[(at(h * (a + b)) - at(h * (a - b)) - at(h * (b - a)) + at(-h * (a + b))) / (4 * h * h) for b in e] for a in e]
    )
    full = np.vstack([np.eye(m - 1), -np.ones(m - 1)])
    return full @ best, np.sqrt(np.diag(full @ np.linalg.inv(hessian) @ full.T))


@pytest.mark.parametrize("spread", [None, 2.0])
@pytest.mark.parametrize("m", [2, 3, 6])
def test_equals_general_maximum_likelihood(m: int, spread: float | None) -> None:
    wins = np.random.default_rng(m).integers(1, 30, (m, m)).astype(float)
    np.fill_diagonal(wins, 0)
    found, (score, error) = bradley_terry(wins, spread), by_scipy(wins, spread)
    assert found.score == pytest.approx(score, abs=1e-5)
    assert (found.high - found.low) / 2 / 1.959964 == pytest.approx(error, rel=1e-3)
    assert found.score.sum() == pytest.approx(0, abs=1e-9)


def test_two_have_a_closed_form() -> None:
    """The difference is the log odds, of variance 1/a + 1/b; each score is half of it."""
    found = bradley_terry(np.array([[0, 30], [10, 0]]))
    assert found.score == pytest.approx([math.log(3) / 2, -math.log(3) / 2])
    assert (found.high - found.score)[0] == pytest.approx(1.959964 * math.sqrt(1 / 30 + 1 / 10) / 2)


def test_one_that_never_won_is_unknown_or_held_by_the_prior() -> None:
    wins = np.array([[0, 5, 9], [4, 0, 9], [0, 0, 0]])
    assert np.isnan(bradley_terry(wins).score).all()
    held = bradley_terry(wins, spread=2.0)
    assert np.isfinite(held.low).all() and held.score.argmin() == 2
    assert held.score == pytest.approx(by_scipy(wins, 2.0)[0], abs=1e-5)


def test_thousands_of_votes_without_an_answer_still_converge() -> None:
    wins = np.array([[0.0, 5000.0], [0.0, 0.0]])
    found = bradley_terry(wins, spread=2.0)
    assert np.isfinite(found.score).all() and found.score == pytest.approx(by_scipy(wins, 2.0)[0], abs=1e-4)


def test_no_votes_know_nothing() -> None:
    assert np.isnan(bradley_terry(np.zeros((3, 3))).score).all()
    held = bradley_terry(np.zeros((3, 3)), spread=2.0)
    assert held.score == pytest.approx(np.zeros(3)) and held.high == pytest.approx(1.959964 * 2 * math.sqrt(2 / 3))


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    truth, draw = np.array([0.8, 0.2, -0.3, -0.7]), np.random.default_rng(5)
    inside = []
    for _ in range(200):
        first = draw.binomial(40, expit(truth[:, None] - truth[None, :]))
        wins = np.triu(first, 1) + np.tril(40 - first.T, -1)
        found = bradley_terry(wins)
        inside.append((found.low <= truth) & (truth <= found.high))
    assert 0.92 <= np.mean(inside) <= 0.98  # 800 intervals: 0.95 +- 4 standard errors


@pytest.mark.parametrize("wins", [np.zeros((2, 3)), np.array([[0, -1], [1, 0]]), np.array([[0, np.nan], [1, 0]])])
def test_what_is_no_table_of_wins_is_refused(wins: np.ndarray) -> None:
    with pytest.raises(ValueError, match="square matrix"):
        bradley_terry(wins)
