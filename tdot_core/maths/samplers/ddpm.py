"""DDPM: the ancestral step, the published chain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from torch import Tensor

from tdot_core.maths.reverse import ddim_step, step_std
from tdot_core.maths.samplers import Denoise, NoiseSource, Sampler
from tdot_core.maths.schedule import NoiseSchedule


class Ddpm(Sampler):
    """The step of `ddim` with eta = 1; over s = t - 1 it is ho2020, Eq. 7, with the posterior variance."""

    key = "ddpm"
    label = "DDPM (ancestral)"
    reference = "ho2020"
    rank = 2
    eta = 1.0

    def steps(
        self, denoise: Denoise, x: Tensor, grid: Sequence[int], schedule: NoiseSchedule, noise: NoiseSource | None
    ) -> Iterator[tuple[Tensor, Tensor]]:
        for k, (t, s) in enumerate(pairwise(grid)):
            x0_hat, eps_hat = denoise(x, t)
            noisy = noise is not None and step_std(t, s, self.eta, schedule) > 0
            x = ddim_step(x0_hat, eps_hat, noise(k) if noise and noisy else None, t, s, self.eta, schedule)
            yield x, x0_hat
