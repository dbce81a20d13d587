"""Sliced Wasserstein on directions that stand at right angles to each other."""

from __future__ import annotations

import torch
from torch import Tensor

from tdot_core.maths.objectives import Objective
from tdot_core.maths.objectives.sliced import sliced_wasserstein


def orthogonal_directions(d: int, n_projections: int, generator: torch.Generator) -> Tensor:
    """Draw theta_1..theta_K, each uniform on the unit sphere of R^d and orthogonal within blocks of d, (d, K), float32, CPU.

    The orthogonal factor of a Gaussian matrix with the signs of the triangular one's diagonal is uniform (Haar); cost
    2 d K^2 per block. Source: rowland2019, section 3.
    """
    blocks = []
    for first in range(0, n_projections, d):
        k = min(d, n_projections - first)
        q, r = torch.linalg.qr(torch.randn((d, k), generator=generator))
        blocks.append(q * r.diagonal().sign())
    return torch.cat(blocks, dim=1)


class OrthogonalSliced(Objective):
    """Compare projections on orthogonal directions, which repeat each other less than independent ones."""

    key = "orthogonal"
    label = "Sliced Wasserstein, orthogonal slices"
    reference = "rowland2019"
    formula = r"\frac1K\sum_k W_2^2(\langle x,\theta_k\rangle,\langle y,\theta_k\rangle),\quad \theta_j\perp\theta_k"
    cost = "the plain form and one QR factorisation of 3,072 x K"
    order = 4

    def __call__(self, real: Tensor, fake: Tensor, n_projections: int, generator: torch.Generator) -> Tensor:
        theta = orthogonal_directions(real[0].numel(), n_projections, generator).to(real.device)
        return sliced_wasserstein(real.flatten(1), fake.flatten(1), theta)
