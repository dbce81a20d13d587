"""The one case that can be solved exactly: scalar Gaussian pixels and the exact denoiser, an affine map."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from tdot_core.maths.chain import Net, walk
from tdot_core.maths.grid import time_grid
from tdot_core.maths.schedule import NoiseSchedule

MEAN, VARIANCE = 0.3, 0.25


def exact_net(schedule: NoiseSchedule) -> Net:
    """Return eps_hat = E[eps | x_t] for x0 ~ N(0.3, 0.25): by Bayes, not by the functions under test."""

    def net(x: Tensor, t: Tensor) -> Tensor:
        ab = float(schedule.alpha_bar[int(t[0])])
        total = ab * VARIANCE + 1 - ab
        return math.sqrt(1 - ab) / total * (x - math.sqrt(ab) * MEAN)

    return net


def moments(t_star: int, n_steps: int, sampler: str, eta: float | None, grid: str = "uniform") -> tuple[float, float]:
    """Return mean and variance of the images that the chain makes from the true x_{t*}, without sampling any.

    With an affine network the chain is affine in its start and in every step's noise. One walk over a batch of unit inputs
    reads off the coefficients: row 0 the constant, row 1 the start, row k + 2 the noise of step k.
    """
    schedule = NoiseSchedule()
    ab = float(schedule.alpha_bar[t_star])
    start = torch.zeros(n_steps + 2, dtype=torch.float64)
    start[1] = 1

    def noise(k: int) -> Tensor:
        return torch.eye(n_steps + 2, dtype=torch.float64)[k + 2]

    *_, last = walk(
        exact_net(schedule),
        start,
        time_grid(t_star, n_steps, grid),
        schedule,
        sampler=sampler,
        eta=eta,
        noise=noise,
        clip_x0=False,
    )
    constant, coefficients = float(last.x[0]), last.x[1:] - last.x[0]
    mean = constant + float(coefficients[0]) * math.sqrt(ab) * MEAN
    variance = float(coefficients[0]) ** 2 * (ab * VARIANCE + 1 - ab) + float(coefficients[1:].square().sum())
    return mean, variance
