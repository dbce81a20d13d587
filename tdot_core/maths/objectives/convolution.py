"""Convolution-sliced Wasserstein: directions that are chains of small random filters."""

from __future__ import annotations

import torch
from torch import Tensor

from tdot_core.errors import TdotError
from tdot_core.maths.objectives import Objective
from tdot_core.maths.objectives.sliced import sliced_wasserstein


def convolution_kernels(shape: tuple[int, int, int], n: int, generator: torch.Generator) -> list[Tensor]:
    """Draw n chains of filters of Frobenius norm 1 that take an image (c, h, h), h a power of 2, to one number.

    The first filters are (n, c, 2, 2), then (n, 1, 2, 2), stride 2, until one place is left. Each is uniform on its sphere.
    Raises TdotError for another shape. Source: nguyen2022, Definition 5 (stride slicer).
    """
    c, h, w = shape
    if h != w or h & (h - 1) or h < 2:
        raise TdotError(f"Convolution slices need square images whose side is a power of 2, found {h} x {w}.")
    depths = [c] + [1] * (h.bit_length() - 2)
    kernels = [torch.randn((n, depth, 2, 2), generator=generator) for depth in depths]
    return [kernel / kernel.flatten(1).norm(dim=1)[:, None, None, None] for kernel in kernels]


def as_directions(kernels: list[Tensor]) -> Tensor:
    """Return the chains as directions theta (c h h, n), unit columns: a chain of linear filters is one projection.

    Pixel (row, column) gets the product over the filters of the entry that its bits, least significant first, point at.
    """
    theta = kernels[-1][:, 0]
    for kernel in reversed(kernels[1:-1]):
        theta = torch.einsum("nij,nab->niajb", theta, kernel[:, 0]).flatten(3, 4).flatten(1, 2)
    first = kernels[0] if len(kernels) > 1 else None
    if first is None:
        return kernels[0].flatten(1).T
    full = torch.einsum("nij,ncab->nciajb", theta, first).flatten(4, 5).flatten(2, 3)
    return full.flatten(1).T


class ConvolutionSliced(Objective):
    """Compare projections that are chains of 2x2 filters of stride 2: neighbouring pixels are weighed alike."""

    key = "convolution"
    label = "Sliced Wasserstein, convolutions"
    reference = "nguyen2022"
    formula = r"\frac1K\sum_k W_2^2(S_k(x),S_k(y)),\quad S_k=K^{(N)}_k\!*\cdots *K^{(1)}_k"
    cost = "the plain form"
    order = 9

    def __call__(self, real: Tensor, fake: Tensor, n_projections: int, generator: torch.Generator) -> Tensor:
        c, h, w = real.shape[1:]
        theta = as_directions(convolution_kernels((c, h, w), n_projections, generator)).to(real.device)
        return sliced_wasserstein(real.flatten(1), fake.flatten(1), theta)
