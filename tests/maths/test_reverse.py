"""One reverse step against the posterior of the forward process."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tdot_core.maths.forward import add_noise
from tdot_core.maths.reverse import ddim_step, eps_from_x0, predict, step_std, x0_from_eps
from tdot_core.maths.schedule import NoiseSchedule
from tdot_core.maths.streams import normal

schedules = st.sampled_from([NoiseSchedule(), NoiseSchedule("cosine")])


@given(schedule=schedules, t=st.integers(1, 1000), s=st.integers(0, 999), eta=st.floats(0, 1))
def test_keeps_the_forward_law_for_every_eta(schedule: NoiseSchedule, t: int, s: int, eta: float) -> None:
    """With the true x0 and eps, x_s has mean sqrt(ab_s) x0 and variance 1 - ab_s: the step is a step of q (song2021ddim, Lemma 1)."""
    s = min(s, t - 1)
    x0, eps, noise = torch.eye(3, dtype=torch.float64)
    x_s = ddim_step(x0, eps, noise, t, s, eta, schedule)
    assert float(x_s[0]) == pytest.approx(math.sqrt(schedule.alpha_bar[s]), rel=1e-12)
    assert float(x_s[1:].square().sum()) == pytest.approx(1 - schedule.alpha_bar[s], rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("t", [2, 10, 500, 1000])
def test_ancestral_unit_step_has_the_posterior_mean_and_variance(t: int) -> None:
    """ho2020, Eq. 7, written with beta_t as there."""
    schedule = NoiseSchedule()
    ab, ab_before = float(schedule.alpha_bar[t]), float(schedule.alpha_bar[t - 1])
    beta = 1e-4 + (t - 1) * (0.02 - 1e-4) / 999
    assert step_std(t, t - 1, 1.0, schedule) ** 2 == pytest.approx((1 - ab_before) / (1 - ab) * beta, rel=1e-9)
    x0, x_t = torch.tensor([1.0, 0.0], dtype=torch.float64), torch.tensor([0.0, 1.0], dtype=torch.float64)
    got = ddim_step(x0, eps_from_x0(x_t, x0, t, schedule), torch.zeros(2), t, t - 1, 1.0, schedule)
    assert float(got[0]) == pytest.approx(math.sqrt(ab_before) * beta / (1 - ab), rel=1e-8)
    assert float(got[1]) == pytest.approx(math.sqrt(1 - beta) * (1 - ab_before) / (1 - ab), rel=1e-8)


@pytest.mark.parametrize("eta", [0.0, 0.5, 1.0])
def test_no_noise_enters_the_last_step(eta: float) -> None:
    assert step_std(10, 0, eta, NoiseSchedule()) == 0
    x0 = torch.tensor([0.25])
    assert torch.equal(ddim_step(x0, torch.ones(1), None, 10, 0, eta, NoiseSchedule()), x0)


def test_a_noisy_step_without_noise_is_refused() -> None:
    with pytest.raises(ValueError, match="from t = 10 to 5 needs noise"):
        ddim_step(torch.zeros(1), torch.zeros(1), None, 10, 5, 1.0, NoiseSchedule())


@given(schedule=schedules, t=st.integers(1, 999))
def test_both_views_of_the_answer_agree_with_the_forward_step(schedule: NoiseSchedule, t: int) -> None:
    x0, eps = normal([1], "z", (5,)).double(), normal([1], "lift", (5,)).double()
    x_t = add_noise(x0, eps, t, schedule)
    assert torch.allclose(x0_from_eps(x_t, eps, t, schedule), x0, atol=1e-6)
    assert torch.allclose(eps_from_x0(x_t, x0, t, schedule), eps, atol=1e-6)


def test_clipping_recomputes_eps_so_that_x_t_is_unchanged() -> None:
    schedule, t = NoiseSchedule(), 700
    x_t, eps_hat = 3 * normal([1], "z", (64,)).double(), normal([2], "z", (64,)).double()
    x0, eps = predict(x_t, eps_hat, t, schedule, True)
    assert x0.abs().max() == 1
    assert torch.allclose(add_noise(x0, eps, t, schedule), x_t, atol=1e-12)
    assert not torch.allclose(eps, eps_hat)
    assert torch.equal(predict(x_t, eps_hat, t, schedule, False)[1], eps_hat)
