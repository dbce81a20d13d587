"""DPM-Solver++(2M), the second-order multistep solver in data prediction."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

from torch import Tensor

from tdot_core.maths.samplers import Denoise, NoiseSource, Sampler
from tdot_core.maths.schedule import NoiseSchedule, log_snr


def dpmpp_2m_step(
    x_t: Tensor, x0_hat: Tensor, previous: tuple[int, Tensor] | None, t: int, s: int, schedule: NoiseSchedule
) -> Tensor:
    """Return x_s = (sigma_s / sigma_t) x_t - sqrt(ab_s) (e^{-h} - 1) D (lu2022dpmpp, Algorithm 2).

    h = lambda_s - lambda_t; D = x0_hat + (x0_hat - x0_prev) / (2 r), r = (lambda_t - lambda_{t_prev}) / h, and
    D = x0_hat on the first step. The step to s = 0 (sigma_0 = 0) is first order: it returns x0_hat.
    x_t, x0_hat: (b, ...); previous: (t_prev, x0_prev) of the step before, t_prev > t > s.
    """
    if s == 0:
        return x0_hat
    ab_t, ab_s = float(schedule.alpha_bar[t]), float(schedule.alpha_bar[s])
    h = log_snr(s, schedule) - log_snr(t, schedule)
    D = x0_hat
    if previous is not None:
        t_prev, x0_prev = previous
        r = (log_snr(t, schedule) - log_snr(t_prev, schedule)) / h
        D = x0_hat + (x0_hat - x0_prev) / (2 * r)
    return math.sqrt((1 - ab_s) / (1 - ab_t)) * x_t - math.sqrt(ab_s) * math.expm1(-h) * D


class Dpmpp2M(Sampler):
    """Take `dpmpp_2m_step` from each time to the next, with the x0_hat of the step before (lu2022dpmpp, Algorithm 2)."""

    key = "dpmpp-2m"
    label = "DPM-Solver++ (2M)"
    reference = "lu2022dpmpp"
    rank = 3
    order = 2

    def steps(
        self, denoise: Denoise, x: Tensor, grid: Sequence[int], schedule: NoiseSchedule, noise: NoiseSource | None
    ) -> Iterator[tuple[Tensor, Tensor]]:
        previous: tuple[int, Tensor] | None = None
        for t, s in pairwise(grid):
            x0_hat, _ = denoise(x, t)
            x, previous = dpmpp_2m_step(x, x0_hat, previous, t, s, schedule), (t, x0_hat)
            yield x, x0_hat
