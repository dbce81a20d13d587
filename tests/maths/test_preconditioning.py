"""Targets and noise levels against their definitions."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
import torch

from tdot_core.errors import TdotError
from tdot_core.maths.levels import draw_levels
from tdot_core.maths.preconditioning import TARGETS, linear_preconditioning
from tdot_core.maths.schedule import NoiseSchedule

SCHEDULE = NoiseSchedule()


@pytest.mark.parametrize("t", [1, 10, 200, 1000])
@pytest.mark.parametrize("target", TARGETS)
def test_the_right_output_gives_the_right_noise(target: str, t: int) -> None:
    rng = np.random.default_rng(t)
    x0, eps, ab = rng.uniform(-1, 1, 50), rng.standard_normal(50), SCHEDULE.alpha_bar[t]
    x_t = np.sqrt(ab) * x0 + np.sqrt(1 - ab) * eps
    sigma, clean = np.sqrt((1 - ab) / ab), 0.5
    skip, out = clean**2 / (sigma**2 + clean**2), sigma * clean / np.sqrt(sigma**2 + clean**2)
    right = {
        "eps": eps,
        "v": np.sqrt(ab) * eps - np.sqrt(1 - ab) * x0,
        "edm": (x0 - skip * x_t / np.sqrt(ab)) / out,
    }[target]
    base, gain = linear_preconditioning(target, SCHEDULE)
    np.testing.assert_allclose(base[t] * x_t + gain[t] * right, eps, atol=1e-9)


def test_an_unknown_target_lists_the_known() -> None:
    with pytest.raises(TdotError, match="edm, eps, v"):
        linear_preconditioning("x0", SCHEDULE)


def test_uniform_levels_are_uniform_over_the_whole_chain() -> None:
    t = draw_levels("uniform", 20_000, SCHEDULE, torch.Generator().manual_seed(0)).numpy()
    assert t.min() == 1 and t.max() == 1000
    assert scipy.stats.kstest(t, scipy.stats.uniform(0.5, 1000).cdf).pvalue > 1e-3


def test_lognormal_levels_follow_the_mixture() -> None:
    t = draw_levels("lognormal", 50_000, SCHEDULE, torch.Generator().manual_seed(0)).numpy()
    ab = SCHEDULE.alpha_bar[1:]
    log_sigma = 0.5 * np.log((1 - ab) / ab)
    span = log_sigma[-1] - log_sigma[0]
    for level in (10, 50, 200, 500, 900):
        # t <= level where the drawn log sigma is at most that of `level`.
        edge = log_sigma[level - 1]
        expected = 0.75 * scipy.stats.norm(-1.2, 1.2).cdf(edge) + 0.25 * (edge - log_sigma[0]) / span
        assert np.mean(t <= level) == pytest.approx(expected, abs=0.01)
    assert t.min() == 1 and t.max() == 1000


def test_an_unknown_distribution_lists_the_known() -> None:
    with pytest.raises(TdotError, match="lognormal, uniform"):
        draw_levels("cosine", 1, SCHEDULE, torch.Generator())
