"""Energy-based slicing: directions count by how much they differ."""

from __future__ import annotations

import torch
from torch import Tensor

from tdot_core.maths.objectives import Objective
from tdot_core.maths.objectives.sliced import random_directions, slice_costs


def energy_based(costs: Tensor) -> Tensor:
    """Return sum_k w_k c_k with w = softmax(c), for slices of cost c = W2^2 (K,) on directions drawn uniformly.

    The importance-sampled mean of c under the density proportional to exp(c(theta)) on the sphere. The weights are
    constants of the step (the paper's parameter copy). Source: nguyen2023, Eq. 8 and section 3.2.
    """
    return (costs.detach().softmax(dim=0) * costs).sum()


class EnergySliced(Objective):
    """Weigh every slice by the exponential of its transport cost."""

    key = "energy"
    label = "Sliced Wasserstein, energy-based"
    reference = "nguyen2023"
    formula = r"\sum_k w_k c_k,\quad w=\mathrm{softmax}(c),\quad c_k=W_2^2(\langle x,\theta_k\rangle,\langle y,\theta_k\rangle)"
    cost = "the plain form"
    order = 7

    def __call__(self, real: Tensor, fake: Tensor, n_projections: int, generator: torch.Generator) -> Tensor:
        theta = random_directions(real[0].numel(), n_projections, generator).to(real.device)
        return energy_based(slice_costs(real.flatten(1), fake.flatten(1), theta))
