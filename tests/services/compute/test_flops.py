"""Operations counted against closed forms."""

from __future__ import annotations

import torch
from torch import nn

from tdot_core.maths.schedule import NoiseSchedule
from tdot_core.services.compute.flops import flops_of_net, flops_of_prior
from tdot_core.services.sampling.loading import LoadedNet, load_prior


class OneConvolution(nn.Module):
    """3x3 convolution from 3 to 8 channels on 32 x 32 pixels: 2 * 8 * 3 * 9 * 32 * 32 operations."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Conv2d(3, 8, 3, padding=1)

    def forward(self, x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = self.layer(x) + t
        return found


def test_a_convolution_counts_two_operations_per_product() -> None:
    net = LoadedNet("one", OneConvolution, NoiseSchedule(), "")  # type: ignore[arg-type]
    assert flops_of_net(net) == 2 * 8 * 3 * 9 * 32 * 32


def test_drawing_noise_takes_no_products() -> None:
    assert flops_of_prior(load_prior("vanilla")) == 0
