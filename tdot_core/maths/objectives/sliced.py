"""The plain sliced Wasserstein objective on pixels."""

from __future__ import annotations

import torch
from torch import Tensor

from tdot_core.maths.objectives import Objective


def random_directions(d: int, n_projections: int, generator: torch.Generator) -> Tensor:
    """Draw theta_1..theta_K uniform on the unit sphere of R^d, shape (d, K), float32, CPU."""
    theta = torch.randn((d, n_projections), generator=generator)
    unit: Tensor = theta / theta.norm(dim=0, keepdim=True)
    return unit


def sliced_wasserstein(real: Tensor, fake: Tensor, theta: Tensor) -> Tensor:
    """Return (1/K) sum_k (1/N) sum_i (sort<x_i, theta_k> - sort<y_i, theta_k>)^2, the squared sliced W2 distance.

    real, fake: (N, d), the same N; theta: (d, K), unit columns. Differentiable in both. Equals the square of POT's
    sliced_wasserstein_distance with p = 2 and the same projections. Sources: bonneel2015, Eq. 9; deshpande2018, Eq. 6.
    """
    return slice_costs(real, fake, theta).mean()


def slice_costs(real: Tensor, fake: Tensor, theta: Tensor) -> Tensor:
    """Return W2^2 of the projections on each direction, (K,), before they are averaged.

    real, fake: (N, d), the same N; theta: (d, K), unit columns. Source: bonneel2015, Eq. 9.
    """
    # Sorting along the last, contiguous dimension is several times faster than along the first.
    sorted_real = (theta.T @ real.T).sort(dim=1).values
    sorted_fake = (theta.T @ fake.T).sort(dim=1).values
    return (sorted_real - sorted_fake).square().mean(dim=1)


class SlicedWasserstein(Objective):
    """Compare one-dimensional projections of whole images in pixel space."""

    key = "sliced"
    label = "Sliced Wasserstein on pixels"
    reference = "deshpande2018"
    formula = r"\frac1K\sum_k W_2^2(\langle x,\theta_k\rangle,\langle y,\theta_k\rangle)"
    cost = "K sorts of b numbers, K projections of 3,072"
    order = 1

    def __call__(self, real: Tensor, fake: Tensor, n_projections: int, generator: torch.Generator) -> Tensor:
        theta = random_directions(real[0].numel(), n_projections, generator).to(real.device)
        return sliced_wasserstein(real.flatten(1), fake.flatten(1), theta)
