"""DDIM: the deterministic step, or with eta > 0 a partly ancestral one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from torch import Tensor

from tdot_core.maths.reverse import ddim_step, step_std
from tdot_core.maths.samplers import Denoise, NoiseSource, Sampler
from tdot_core.maths.schedule import NoiseSchedule


class Ddim(Sampler):
    """x_s = sqrt(ab_s) x0_hat + sqrt(1 - ab_s - sigma^2) eps_hat + sigma noise, sigma as eta says (song2021ddim, Eq. 12, 16)."""

    key = "ddim"
    label = "DDIM (deterministic)"
    reference = "song2021ddim"
    rank = 1
    takes_eta = True

    def steps(
        self, denoise: Denoise, x: Tensor, grid: Sequence[int], schedule: NoiseSchedule, noise: NoiseSource | None
    ) -> Iterator[tuple[Tensor, Tensor]]:
        for k, (t, s) in enumerate(pairwise(grid)):
            x0_hat, eps_hat = denoise(x, t)
            noisy = noise is not None and step_std(t, s, self.eta, schedule) > 0
            x = ddim_step(x0_hat, eps_hat, noise(k) if noise and noisy else None, t, s, self.eta, schedule)
            yield x, x0_hat
