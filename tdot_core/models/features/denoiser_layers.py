"""The denoiser's own activations: label-free, and of the network that continues from x_{t*}."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from tdot_core.errors import TdotError
from tdot_core.maths.forward import lift
from tdot_core.maths.schedule import NoiseSchedule
from tdot_core.models.denoiser import build_denoiser
from tdot_core.models.device_noise import noise_like
from tdot_core.models.experts import experts_of
from tdot_core.models.features.base import FeatureNetwork, Lent
from tdot_core.models.weights import load_module

LEVELS = (50, 200)
"""Steps to which x_t is lifted before the network sees it; those below t are replaced by t."""


class DenoiserLayers(FeatureNetwork):
    """Give what each resolution of the denoiser's U-Net puts out on the way down, in the middle and first on the way up.

    At each of LEVELS, x_t is lifted with noise drawn anew, for real and fake images alike.
    """

    key = "denoiser"
    label = "The denoiser's activations"
    trained_on = "the training images, without labels"
    run = "denoiser"
    order = 2

    def __init__(self, lent: Lent | None, t: int, schedule: NoiseSchedule, device: torch.device) -> None:
        super().__init__(lent, t, schedule, device)
        if lent is None:
            raise TdotError("The features denoiser need a trained denoiser: train one, or choose other features.")
        weights, config = lent
        if config.schedule != schedule.name:
            raise TdotError(
                f"The denoiser was trained under the {config.schedule} schedule, this prior under {schedule.name}; "
                "choose a pair of one schedule."
            )
        self.net = load_module(lambda: build_denoiser(config), weights, device)
        self.tapped: list[nn.Module] = [
            module
            for unet in experts_of(self.net.unet)
            for module in (*unet.down_blocks, unet.mid_block, unet.up_blocks[0])
        ]
        self.levels = sorted({max(level, t, 1) for level in LEVELS})

    def __call__(self, x_t: Tensor, generator: torch.Generator) -> list[Tensor]:
        maps: list[Tensor] = []

        def keep(module: nn.Module, inputs: Any, output: Any) -> None:
            maps.append(output[0] if isinstance(output, tuple) else output)

        hooks = [module.register_forward_hook(keep) for module in self.tapped]
        try:
            for level in self.levels:
                x = lift(x_t, noise_like(x_t, generator), self.t, level, self.schedule) if level > self.t else x_t
                self.net(x, torch.full((len(x),), level, device=x.device))
        finally:
            for hook in hooks:
                hook.remove()
        return maps
