"""Sliced Wasserstein on random local patches at every scale of detail, each slice relative to the real data's spread."""

from __future__ import annotations

import math
from functools import lru_cache

import torch
from torch import Tensor

from tdot_core.maths.objectives import Objective

SIDES = (3, 5, 8, 16, 32)
POWERS = (0.0, 0.5, 1.0)
PER_SQUARE = 15
LEAST_SPREAD = 1e-3


def local_directions(real: Tensor, n_projections: int, generator: torch.Generator) -> Tensor:
    """Draw theta_1..theta_K, unit vectors of R^(c h w) that vanish outside one random square each, (c h w, K), float32.

    real: (b, c, h, w). Within a square, theta = sum_k g_k s_k^(-p) phi_k with the orthonormal cosine transform phi over
    channels, rows and columns, g standard normal, and s_k the standard deviation of coefficient k over real, at least
    LEAST_SPREAD of the largest. p cycles through POWERS: at p = 0 a direction of real images is mostly brightness, at
    p = 1 every frequency and colour counts alike. PER_SQUARE directions share a square; the sides cycle through SIDES (cut
    to the image), places are uniform.
    """
    c, h, w = real.shape[1:]
    theta = torch.zeros((n_projections, c, h, w), device=real.device)
    for square, first in enumerate(range(0, n_projections, PER_SQUARE)):
        here = theta[first : first + PER_SQUARE]
        rows, columns = (_span(SIDES[square % len(SIDES)], size, generator) for size in (h, w))
        here[:, :, rows, columns] = _coloured(real[:, :, rows, columns], len(here), generator)
    flat = theta.flatten(1).T
    unit: Tensor = flat / flat.norm(dim=0, keepdim=True)
    return unit


def _span(side: int, size: int, generator: torch.Generator) -> slice:
    side = min(side, size)
    start = int(torch.randint(size - side + 1, (1,), generator=generator))
    return slice(start, start + side)


def _coloured(patches: Tensor, n: int, generator: torch.Generator) -> Tensor:
    """Draw n directions in the space of patches (b, c, h, w), shape (n, c, h, w)."""
    spread = cosine_transform(patches).std(dim=0, unbiased=False)
    spread = spread.clamp(min=max(float(spread.max()) * LEAST_SPREAD, 1e-6))
    power = torch.tensor([POWERS[k % len(POWERS)] for k in range(n)], device=patches.device)
    white = torch.randn((n, *patches.shape[1:]), generator=generator).to(patches.device)
    return cosine_transform(white * spread ** -power[:, None, None, None], inverse=True)


def cosine_transform(x: Tensor, *, inverse: bool = False) -> Tensor:
    """Return the orthonormal discrete cosine transform (type II) of x (b, c, h, w) over c, h and w, or its inverse."""
    for dim in (1, 2, 3):
        basis = _cosines(x.shape[dim]).to(x.device)
        x = torch.tensordot(x, basis if inverse else basis.T, dims=([dim], [0])).movedim(-1, dim)
    return x


@lru_cache
def _cosines(n: int) -> Tensor:
    k, i = torch.arange(n)[:, None], torch.arange(n)[None]
    basis = torch.cos(math.pi * (2 * i + 1) * k / (2 * n)) * math.sqrt(2 / n)
    basis[0] /= math.sqrt(2)
    return basis


def relative_sliced_wasserstein(real: Tensor, fake: Tensor, theta: Tensor) -> Tensor:
    """Return (1/K) sum_k W2^2(<x, theta_k>, <y, theta_k>) / Std <x, theta_k>: equal relative errors pull equally hard.

    real, fake: (N, d), the same N; theta: (d, K). A slice on which the reals do not vary counts with deviation 1e-3.
    Divided by the variance instead, the finest details would pull 100 times as hard as brightness, and undivided a
    hundredth. Source of the slices: deshpande2018, Eq. 6; the weights are ours.
    """
    sorted_real = (theta.T @ real.T).sort(dim=1).values
    sorted_fake = (theta.T @ fake.T).sort(dim=1).values
    deviation = sorted_real.std(dim=1, unbiased=False).clamp(min=1e-3)
    return ((sorted_real - sorted_fake).square().mean(dim=1) / deviation).mean()


class LocalSlicedWasserstein(Objective):
    """Compare one-dimensional projections of random squares of 3 to 32 pixels, from brightness to the finest detail.

    A random projection of all 3,072 pixels is close to Gaussian, so global slices see little beyond the covariance, and
    of that what varies most; small squares see edges, and weakly varying details count beside brightness.
    """

    key = "local"
    label = "Sliced Wasserstein on random patches"
    reference = "deshpande2018"
    formula = r"\frac1K\sum_k \frac{W_2^2(\langle x,\theta_k\rangle,\langle y,\theta_k\rangle)}{\mathrm{Std}\langle x,\theta_k\rangle}"
    cost = "K sorts of b numbers, K projections of 3,072"
    order = 2

    def __call__(self, real: Tensor, fake: Tensor, n_projections: int, generator: torch.Generator) -> Tensor:
        theta = local_directions(real, n_projections, generator)
        return relative_sliced_wasserstein(real.flatten(1), fake.flatten(1), theta)
