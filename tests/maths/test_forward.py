"""Noising and the lift: coefficients read off from unit inputs, distances from POT."""

from __future__ import annotations

import math

import numpy as np
import ot
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from tdot_core.errors import TdotError
from tdot_core.maths.forward import add_noise, lift
from tdot_core.maths.schedule import NoiseSchedule
from tdot_core.maths.streams import normal, stream

SCHEDULES = [NoiseSchedule(), NoiseSchedule("cosine")]
three_times = st.tuples(*[st.integers(0, 1000)] * 3).map(sorted)


def unit(*values: float) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


@given(schedule=st.sampled_from(SCHEDULES), times=three_times)
def test_two_lifts_are_one(schedule: NoiseSchedule, times: list[int]) -> None:
    """x, e1, e2 enter as unit vectors; what is left is the law of the result: one mean factor, one noise variance."""
    s, u, t = times
    twice = lift(lift(unit(1, 0, 0), unit(0, 1, 0), s, u, schedule), unit(0, 0, 1), u, t, schedule)
    once = lift(unit(1, 0), unit(0, 1), s, t, schedule)
    assert float(twice[0]) == pytest.approx(float(once[0]), rel=1e-12)
    assert float(twice[1:].square().sum()) == pytest.approx(float(once[1]) ** 2, rel=1e-9, abs=1e-15)


@given(schedule=st.sampled_from(SCHEDULES), s=st.integers(0, 1000), t=st.integers(0, 1000))
def test_lifting_a_noised_image_is_noising_it_further(schedule: NoiseSchedule, s: int, t: int) -> None:
    s, t = min(s, t), max(s, t)
    lifted = lift(add_noise(unit(1, 0, 0), unit(0, 1, 0), s, schedule), unit(0, 0, 1), s, t, schedule)
    assert float(lifted[0]) == pytest.approx(math.sqrt(schedule.alpha_bar[t]), rel=1e-12)
    assert float(lifted[1:].square().sum()) == pytest.approx(1 - schedule.alpha_bar[t], rel=1e-9, abs=1e-15)


@pytest.mark.parametrize(("s", "t"), [(0, 10), (10, 100), (10, 300), (200, 900)])
def test_shrinks_a_priors_error(s: int, t: int) -> None:
    """W2 after the lift <= sqrt(ab_t / ab_s) W2 before, by POT's closed form; equal when only the means differ."""
    schedule, d = NoiseSchedule(), 6
    shrink = math.sqrt(schedule.alpha_bar[t] / schedule.alpha_bar[s])
    signal, noise = (float(v) for v in lift(unit(1, 0), unit(0, 1), s, t, schedule))
    rng = stream(3, "train")
    means = rng.standard_normal((2, d))
    covs = [a @ a.T / d for a in rng.standard_normal((2, d, d))]

    def distance(m: list[np.ndarray], c: list[np.ndarray]) -> tuple[float, float]:
        lifted = [signal**2 * cov + noise**2 * np.eye(d) for cov in c]
        before = ot.gaussian.bures_wasserstein_distance(m[0], m[1], c[0], c[1])
        return float(before), float(ot.gaussian.bures_wasserstein_distance(signal * m[0], signal * m[1], *lifted))

    before, after = distance(list(means), covs)
    assert after < shrink * before
    before, after = distance(list(means), [covs[0], covs[0]])
    assert after == pytest.approx(shrink * before, rel=1e-6)


def test_the_common_noise_couples_samples_no_worse_than_the_bound() -> None:
    """Empirical W2 between two point clouds lifted with the same noise, by POT's exact solver."""
    schedule = NoiseSchedule()
    first, second = normal(range(80), "z", (4,)), 0.5 + 2 * normal(range(80, 160), "z", (4,))
    eps = normal(range(80), "lift", (4,))
    # Paired optimally first, so that one noise per pair is a coupling of the lifted clouds.
    cost = ot.dist(first.numpy(), second.numpy())
    pairs = torch.from_numpy(ot.emd([], [], cost).argmax(axis=1))
    lifted = [lift(x, eps, 10, 300, schedule).numpy() for x in (first, second[pairs])]
    bound = schedule.alpha_bar[300] / schedule.alpha_bar[10] * ot.emd2([], [], cost)
    assert ot.emd2([], [], ot.dist(*lifted)) <= bound * (1 + 1e-4)


def test_standing_still_changes_nothing() -> None:
    x, eps = torch.ones(2, 3), torch.full((2, 3), 7.0)
    assert torch.equal(add_noise(x, eps, 0, NoiseSchedule()), x)
    assert torch.equal(lift(x, eps, 40, 40, NoiseSchedule()), x)


def test_noise_cannot_be_taken_away() -> None:
    with pytest.raises(TdotError, match=r"t = 10 cannot be lifted down to t = 9; choose t >= 10"):
        lift(torch.zeros(1), torch.zeros(1), 10, 9, NoiseSchedule())


def test_keeps_single_precision() -> None:
    x = torch.zeros(2, 3, 4, 4)
    assert add_noise(x, x, 10, NoiseSchedule()).dtype == torch.float32
