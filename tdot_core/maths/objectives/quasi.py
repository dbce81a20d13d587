"""Sliced Wasserstein on directions from a scrambled Sobol sequence."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from tdot_core.maths.objectives import Objective
from tdot_core.maths.objectives.sliced import sliced_wasserstein

EDGE = 1e-6


def sobol_directions(d: int, n_projections: int, generator: torch.Generator) -> Tensor:
    """Return theta_k = Phi^-1(u_k) / |Phi^-1(u_k)| for Owen-scrambled Sobol points u_k of [0, 1]^d, (d, K), float32, CPU.

    Phi: the standard normal distribution function. Each direction alone is uniform on the sphere; together they fill it more
    evenly than independent ones. d: 1..21201; the scrambling is drawn from generator. Source: nguyen2024, section 3.2.
    """
    from scipy.special import ndtri  # here, because scipy takes a while to import and only this objective needs it
    from scipy.stats import qmc

    seed = int(torch.randint(2**62, (), generator=generator))
    sobol = qmc.Sobol(d, scramble=True, rng=np.random.default_rng(seed))
    # A power of 2 keeps the sequence balanced; what is too many is left out.
    points = sobol.random_base2(max(n_projections - 1, 0).bit_length())[:n_projections]
    theta = torch.from_numpy(ndtri(points.clip(EDGE, 1 - EDGE)).T).float()
    unit: Tensor = theta / theta.norm(dim=0, keepdim=True).clamp(min=EDGE)
    return unit


class QuasiSliced(Objective):
    """Compare projections on directions that fill the sphere evenly."""

    key = "quasi"
    label = "Sliced Wasserstein, quasi Monte Carlo slices"
    reference = "nguyen2024"
    formula = r"\frac1K\sum_k W_2^2(\langle x,\theta_k\rangle,\langle y,\theta_k\rangle),\quad \theta_k=\Phi^{-1}(u_k)/\lVert\cdot\rVert"
    cost = "the plain form and K scrambled Sobol points of 3,072 coordinates"
    order = 5

    def __call__(self, real: Tensor, fake: Tensor, n_projections: int, generator: torch.Generator) -> Tensor:
        theta = sobol_directions(real[0].numel(), n_projections, generator).to(real.device)
        return sliced_wasserstein(real.flatten(1), fake.flatten(1), theta)
