"""Heun's method: two denoiser calls a step, the slope averaged over its ends."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

from torch import Tensor

from tdot_core.maths.samplers import Denoise, NoiseSource, Sampler
from tdot_core.maths.schedule import NoiseSchedule


class Heun(Sampler):
    """On y = x / sqrt(ab) and sigma = sqrt((1 - ab) / ab), dy / dsigma = eps_hat: y_s = y_t + (sigma_s - sigma_t) (d_t + d_s) / 2.

    d_s is taken at Euler's y_s; the last step, to sigma = 0, is Euler's: 2 n - 1 calls (karras2022, Algorithm 1).
    """

    key = "heun"
    label = "Heun (two calls a step)"
    reference = "karras2022"
    rank = 6
    order = 2
    calls_per_step = 2

    def steps(
        self, denoise: Denoise, x: Tensor, grid: Sequence[int], schedule: NoiseSchedule, noise: NoiseSource | None
    ) -> Iterator[tuple[Tensor, Tensor]]:
        for t, s in pairwise(grid):
            x0_hat, slope = denoise(x, t)
            if s == 0:
                yield x0_hat, x0_hat
                return
            ab_t, ab_s = float(schedule.alpha_bar[t]), float(schedule.alpha_bar[s])
            y, stride = x / math.sqrt(ab_t), math.sqrt((1 - ab_s) / ab_s) - math.sqrt((1 - ab_t) / ab_t)
            x0_hat, slope_s = denoise(math.sqrt(ab_s) * (y + stride * slope), s)
            x = math.sqrt(ab_s) * (y + stride * (slope + slope_s) / 2)
            yield x, x0_hat
