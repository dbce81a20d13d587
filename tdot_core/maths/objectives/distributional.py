"""Distributional slicing: directions around the one where real and fake differ most."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from tdot_core.config import setting
from tdot_core.maths.objectives import Objective
from tdot_core.maths.objectives.max_sliced import steepest_direction
from tdot_core.maths.objectives.sliced import random_directions, slice_costs


@dataclass(frozen=True)
class DistributionalSettings:
    """Settings of the distribution of directions."""

    distributional_kappa: float = setting(
        1000.0,
        "How tightly the directions gather around the steepest one; 0 is uniform",
        low=0.0,
        high=1e6,
        advanced=True,
    )
    distributional_steps: int = setting(5, "Steps of ascent for their centre", low=0, high=1000, advanced=True)


def directions_around(centre: Tensor, kappa: float, n: int, generator: torch.Generator) -> Tensor:
    """Draw n unit vectors from the power spherical distribution, density ~ (1 + <theta, centre>)^kappa, (d, n).

    centre: (d, 1), unit, d >= 2. T = <theta, centre> = 2 Z - 1 with Z ~ Beta((d - 1) / 2 + kappa, (d - 1) / 2), so
    E T = kappa / (d - 1 + kappa); kappa = 0 is uniform. Source: decao2020, Algorithm 1.
    """
    d = len(centre)
    rng = np.random.default_rng(int(torch.randint(2**62, (), generator=generator)))
    z = torch.from_numpy(rng.beta((d - 1) / 2 + kappa, (d - 1) / 2, n)).float().to(centre.device)
    t = 2 * z - 1
    across = torch.randn((d, n), generator=generator).to(centre.device)
    across = across - centre * (centre.T @ across)
    around: Tensor = centre * t + across / across.norm(dim=0) * (1 - t.square()).clamp(min=0).sqrt()
    return around


class DistributionalSliced(Objective):
    """Average over directions scattered around the steepest one: between max-sliced (kappa large) and sliced (kappa 0).

    The published form learns a distribution of directions under a bound on how alike they are; here its family is the power
    spherical one, whose kappa is that bound, and its centre is sought by ascent. Source: nguyen2021, Eq. 4.
    """

    key = "distributional"
    label = "Sliced Wasserstein, distributional"
    reference = "nguyen2021"
    formula = r"\max_{\mu}\ \mathbb E_{\theta\sim\mathrm{PS}(\mu,\kappa)} W_2^2(\langle x,\theta\rangle,\langle y,\theta\rangle)"
    cost = "the plain form, and one sort and two products of b x 3,072 per step of ascent"
    order = 8
    Settings = DistributionalSettings

    def __call__(self, real: Tensor, fake: Tensor, n_projections: int, generator: torch.Generator) -> Tensor:
        x, y = real.flatten(1), fake.flatten(1)
        with torch.no_grad():
            start = random_directions(x.shape[1], 1, generator).to(x.device)
            centre = steepest_direction(x, y, start, self.settings.distributional_steps)
            theta = directions_around(centre, self.settings.distributional_kappa, n_projections, generator)
        return slice_costs(x, y, theta).mean()
