"""The surviving error against a simulated Gaussian chain, and the counts against their definition."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tdot_core.errors import TdotError
from tdot_core.maths.forward import lift
from tdot_core.maths.grid import time_grid
from tdot_core.maths.lifted_error import (
    chain_gain,
    ddim_gain,
    directions_above_noise,
    emergence_steps,
    surviving_error,
    walked_error,
)
from tdot_core.maths.samplers.ddim import Ddim
from tdot_core.maths.schedule import NoiseSchedule
from tdot_core.maths.streams import normal

EIGENVALUES = np.array([40.0, 3.0, 0.3, 0.01])
AB = NoiseSchedule().alpha_bar


@pytest.mark.parametrize("t", [1, 10, 200, 900])
def test_directions_and_their_emergence_agree_with_the_definition(t: int) -> None:
    snr = AB[t] / (1 - AB[t])
    assert directions_above_noise(EIGENVALUES, AB[t]) == sum(value * snr > 1 for value in EIGENVALUES)
    emerged = emergence_steps(EIGENVALUES, AB)
    assert (np.diff(emerged) < 0).all()
    for value, step in zip(EIGENVALUES, emerged, strict=True):
        assert value * AB[step] >= 1 - AB[step] and value * AB[step + 1] < 1 - AB[step + 1]
    assert emergence_steps(np.zeros(1), AB)[0] == 0


def exact_chain(x: torch.Tensor, t_star: int) -> torch.Tensor:
    """Walk x_{t*} to 0 by the probability flow of Gaussian data, one DDIM step per t with the exact noise."""
    values = torch.from_numpy(EIGENVALUES)
    for t in range(t_star, 0, -1):
        ab, below = AB[t], AB[t - 1]
        eps = (1 - ab) ** 0.5 * x / (ab * values + 1 - ab)
        x = below**0.5 * (x - (1 - ab) ** 0.5 * eps) / ab**0.5 + (1 - below) ** 0.5 * eps
    return x


def standardised(z: torch.Tensor) -> torch.Tensor:
    return (z - z.mean(dim=0)) / z.std(dim=0, unbiased=False)


@pytest.mark.parametrize(("t_train", "t_star"), [(0, 100), (10, 200), (10, 500)])
def test_the_formula_is_what_a_simulated_gaussian_chain_leaves(t_train: int, t_star: int) -> None:
    schedule, n = NoiseSchedule(), 4000
    mean_error = np.array([1.0, -0.5, 0.2, 0.1])
    variance = np.array([30.0, 4.0, 0.1, 0.05])
    # Sample moments made exact, for the chain is linear: what is left to differ is its step of one t.
    z, noise = (standardised(normal(range(n), purpose, (4,)).double()) for purpose in ("z", "lift"))
    noise = standardised(noise - z * (z * noise).mean(dim=0))
    start = torch.from_numpy(mean_error) + z * torch.from_numpy(variance).sqrt()
    x = lift(start, noise, t_train, t_star, schedule)
    x0 = exact_chain(x, t_star)
    left = x0.mean(dim=0).square() + (x0.std(dim=0, unbiased=False) - torch.from_numpy(EIGENVALUES).sqrt()).square()
    expected = surviving_error(EIGENVALUES, mean_error, variance, AB[t_star], AB[t_train])
    assert float(left.sum()) == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize(
    ("t_star", "n_steps", "grid"), [(200, 3, "uniform"), (400, 10, "logsnr"), (1000, 10, "uniform"), (10, 1, "uniform")]
)
def test_few_steps_err_as_the_sampler_does_on_gaussian_data(t_star: int, n_steps: int, grid: str) -> None:
    schedule, values = NoiseSchedule(), torch.from_numpy(EIGENVALUES)
    mean_error, variance = np.array([1.0, -0.5, 0.2, 0.1]), np.array([30.0, 4.0, 0.1, 0.05])

    def denoise(x: torch.Tensor, t: int) -> tuple[torch.Tensor, torch.Tensor]:
        eps = (1 - AB[t]) ** 0.5 * x / (AB[t] * values + 1 - AB[t])
        return (x - (1 - AB[t]) ** 0.5 * eps) / AB[t] ** 0.5, eps

    times = time_grid(t_star, n_steps, grid, schedule)
    r = AB[t_star] / AB[5]
    # The chain is linear: a mean and a mean plus one deviation tell its first two moments.
    mean = torch.from_numpy(mean_error) * r**0.5
    start = torch.stack([mean, mean + torch.from_numpy(r * variance + 1 - r).sqrt()])
    *_, (end, _) = Ddim().steps(denoise, start, times, schedule, None)
    left = end[0].square() + ((end[1] - end[0]).abs() - values.sqrt()).square()
    assert walked_error(EIGENVALUES, mean_error, variance, AB[times], AB[5]) == pytest.approx(
        float(left.sum()), rel=1e-9
    )


def test_many_steps_become_the_exact_chain() -> None:
    times = range(400, -1, -1)
    np.testing.assert_allclose(ddim_gain(EIGENVALUES, AB[list(times)]), chain_gain(EIGENVALUES, AB[400]), rtol=0.05)
    errors = [
        walked_error(EIGENVALUES, np.zeros(4), AB[400] * EIGENVALUES + 1 - AB[400], AB[time_grid(400, n)], AB[400])
        for n in (2, 5, 20, 100, 400)
    ]
    assert (np.diff(errors) < 0).all() and errors[-1] < 1e-3


def test_a_perfect_prior_leaves_nothing_and_more_noise_forgives_more() -> None:
    true = AB[10] * EIGENVALUES + 1 - AB[10]
    assert surviving_error(EIGENVALUES, np.zeros(4), true, AB[300], AB[10]) == pytest.approx(0, abs=1e-12)
    wrong = [surviving_error(EIGENVALUES, np.ones(4), 2 * true, AB[t], AB[10]) for t in (10, 50, 200, 600, 1000)]
    assert (np.diff(wrong) < 0).all()
    np.testing.assert_allclose(chain_gain(EIGENVALUES, 1.0), 1.0)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(TdotError, match="t_star is below"):
        surviving_error(EIGENVALUES, np.zeros(4), EIGENVALUES, AB[10], AB[50])
    with pytest.raises(TdotError, match="do not match: 4, 3"):
        surviving_error(EIGENVALUES, np.zeros(3), EIGENVALUES, AB[50], AB[10])
