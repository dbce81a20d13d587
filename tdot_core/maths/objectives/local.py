"""Sliced Wasserstein on random local patches, each slice in units of the real data's spread."""

from __future__ import annotations

import torch
from torch import Tensor

from tdot_core.maths.objectives import Objective

SIDES = (3, 5, 8, 16, 32)


def local_directions(shape: tuple[int, int, int], n_projections: int, generator: torch.Generator) -> Tensor:
    """Draw theta_1..theta_K, unit vectors of R^(c h w) that vanish outside one random square each, (c h w, K), float32, CPU.

    The sides cycle through SIDES (cut to the image), places are uniform, directions uniform on the square's sphere.
    """
    c, h, w = shape
    sides = torch.tensor([SIDES[k % len(SIDES)] for k in range(n_projections)])
    top, left = (
        (torch.rand(n_projections, generator=generator) * (size - sides.clamp(max=size) + 1)).long() for size in (h, w)
    )
    rows, columns = torch.arange(h)[:, None], torch.arange(w)[:, None]
    inside_rows, inside_columns = (rows >= top) & (rows < top + sides), (columns >= left) & (columns < left + sides)
    theta = torch.randn((c, h, w, n_projections), generator=generator)
    theta = (theta * (inside_rows[:, None] & inside_columns[None])).reshape(c * h * w, n_projections)
    unit: Tensor = theta / theta.norm(dim=0, keepdim=True)
    return unit


def standardised_sliced_wasserstein(real: Tensor, fake: Tensor, theta: Tensor) -> Tensor:
    """Return (1/K) sum_k W2^2(<x, theta_k>, <y, theta_k>) / Var <x, theta_k>: every slice counts alike.

    real, fake: (N, d), the same N; theta: (d, K). A slice on which the reals do not vary counts with variance 1e-6.
    Source of the slices: deshpande2018, Eq. 6; the weights are ours.
    """
    sorted_real = (theta.T @ real.T).sort(dim=1).values
    sorted_fake = (theta.T @ fake.T).sort(dim=1).values
    variance = sorted_real.var(dim=1, unbiased=False).clamp(min=1e-6)
    return ((sorted_real - sorted_fake).square().mean(dim=1) / variance).mean()


class LocalSlicedWasserstein(Objective):
    """Compare one-dimensional projections of random squares of 3 to 32 pixels.

    A random projection of all 3,072 pixels is close to Gaussian, so global slices see little beyond the covariance; small
    squares see edges.
    """

    key = "local"
    label = "Sliced Wasserstein on random patches"
    reference = "deshpande2018"

    def __call__(self, real: Tensor, fake: Tensor, n_projections: int, generator: torch.Generator) -> Tensor:
        theta = local_directions((real.shape[1], real.shape[2], real.shape[3]), n_projections, generator)
        return standardised_sliced_wasserstein(real.flatten(1), fake.flatten(1), theta.to(real.device))
