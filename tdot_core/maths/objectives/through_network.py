"""What the objectives that compare layers of a frozen network share."""

from __future__ import annotations

from abc import abstractmethod

import torch
from torch import Tensor, nn

from tdot_core.maths.objectives import Objective
from tdot_core.maths.objectives.local import local_directions, relative_sliced_wasserstein

Shapes = list[tuple[int, int, int]]


class ThroughNetwork(Objective):
    """Compare layers of `network`, which is set before `attach`; `layout` says what is remembered of them."""

    exact = False
    needs_network = True

    @abstractmethod
    def layout(self, shapes: Shapes) -> nn.Module:
        """Return the empty memory for layers of these shapes (c, h, w)."""

    def maps(self, x: Tensor, generator: torch.Generator) -> list[Tensor]:
        """Return the layers (b, c_l, h_l, w_l) of images x (b, 3, h, w)."""
        assert self.network is not None
        return self.network(x, generator)

    def attach(self, shape: tuple[int, int, int], device: torch.device) -> None:
        probe = self.maps(torch.zeros((2, *shape), device=device), torch.Generator().manual_seed(0))
        self.memory = self.layout([(m.shape[1], m.shape[2], m.shape[3]) for m in probe]).to(device)


def whole_gradient(distance: Tensor, share: float) -> Tensor:
    """Return distance's value with its gradient divided by share, the part of what it is of that moves: a batch among recent ones."""
    moving: Tensor = distance / share - (distance * (1 / share - 1)).detach()
    return moving


def local_distance(real: Tensor, fake: Tensor, n_projections: int, generator: torch.Generator) -> Tensor:
    """Return the sliced distance on random patches of images, as `local` measures it."""
    theta = local_directions(real, n_projections, generator)
    return relative_sliced_wasserstein(real.flatten(1), fake.flatten(1), theta)
