"""Random convolutions: the control that has learned nothing."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from tdot_core.maths.schedule import NoiseSchedule
from tdot_core.models.features.base import FeatureNetwork, Lent

CHANNELS = (3, 32, 64, 128)
SEED = 2020


class RandomConvolutions(FeatureNetwork):
    """Three 3x3 convolutions of stride 2 with ReLU: (b, 32, 16, 16), (b, 64, 8, 8), (b, 128, 4, 4).

    Weights from N(0, 2 / fan-in) (He 2015, Eq. 10) and one fixed seed, the same in every run.
    """

    key = "random-conv"
    label = "Random convolutions"
    trained_on = ""
    order = 1

    def __init__(self, lent: Lent | None, t: int, schedule: NoiseSchedule, device: torch.device) -> None:
        super().__init__(lent, t, schedule, device)
        fixed = torch.Generator().manual_seed(SEED)
        shapes = zip(CHANNELS[1:], CHANNELS[:-1], strict=True)
        self.kernels = [
            (torch.randn((c_out, c_in, 3, 3), generator=fixed) * (2 / (9 * c_in)) ** 0.5).to(device)
            for c_out, c_in in shapes
        ]

    def __call__(self, x_t: Tensor, generator: torch.Generator) -> list[Tensor]:
        maps, x = [], x_t
        for kernel in self.kernels:
            x = F.relu(F.conv2d(x, kernel, stride=2, padding=1))
            maps.append(x)
        return maps
