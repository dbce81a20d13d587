"""The denoiser: eps_hat = net(x_t, t) over the whole range t = 1..T."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch.nn.functional as F
from torch import Tensor, nn

from tdot_core.config import setting
from tdot_core.models.nfe import record_forward
from tdot_core.models.precision import precision_setting

if TYPE_CHECKING:
    from diffusers import UNet2DModel

# Diffusers takes seconds to import: only where a network is built, so that the other trainings start without it.
IMAGE_SIZE = 32


@dataclass(frozen=True)
class DenoiserConfig:
    """Settings of the denoiser and its training."""

    layout: str = setting(
        "fast",
        "fast: pixel-unshuffled 16x16x12 input, about 2.8 M parameters; ddpm: the 35.7 M network of Ho 2020",
        choices=("fast", "ddpm"),
    )
    width: int = setting(
        64, "Channels of the first level (fast layout); the second has twice as many", low=32, high=256, step=32
    )
    layers: int = setting(1, "Residual blocks per level (fast layout)", low=1, high=4)
    head_dim: int = setting(
        8, "Channels of one attention head (fast layout); fewer heads are faster", low=4, high=64, step=4, advanced=True
    )
    schedule: str = setting("linear", "Noise schedule", choices=("linear", "cosine"))
    epochs: int = setting(32, "Passes over the training images", low=1, high=10_000)
    batch: int = setting(128, "Images per training step", low=1, high=4096)
    lr: float = setting(4e-4, "Adam's step size", low=1e-6, high=1e-1)
    ema: float = setting(0.999, "Decay of the weights' moving average", low=0.0, high=0.99999, advanced=True)
    anneal: bool = setting(
        False, "Lower the step size to zero along half a cosine; for trainings too short to converge", advanced=True
    )
    flips: bool = setting(True, "Mirror half of the images", advanced=True)
    precision: str = precision_setting()


def _fast_unet(config: DenoiserConfig) -> UNet2DModel:
    from diffusers import UNet2DModel

    return UNet2DModel(
        sample_size=IMAGE_SIZE // 2,
        in_channels=12,
        out_channels=12,
        layers_per_block=config.layers,
        block_out_channels=(config.width, 2 * config.width),
        down_block_types=("DownBlock2D", "AttnDownBlock2D"),
        up_block_types=("AttnUpBlock2D", "UpBlock2D"),
        norm_num_groups=32,
        attention_head_dim=config.head_dim,
    )


def ddpm_unet() -> UNet2DModel:
    """Build the 35.7 M-parameter CIFAR-10 network of ho2020 (appendix B): 4 levels, attention at 16x16."""
    from diffusers import UNet2DModel

    return UNet2DModel(
        sample_size=IMAGE_SIZE,
        in_channels=3,
        out_channels=3,
        layers_per_block=2,
        block_out_channels=(128, 256, 256, 256),
        down_block_types=("DownBlock2D", "AttnDownBlock2D", "DownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "UpBlock2D", "AttnUpBlock2D", "UpBlock2D"),
        attention_head_dim=None,
        downsample_padding=0,
        flip_sin_to_cos=False,
        freq_shift=1,
        norm_eps=1e-6,
    )


class Denoiser(nn.Module):
    """Predict the noise in x_t: (b, 3, 32, 32) float32 and t (b,) int64 in 1..T => eps_hat (b, 3, 32, 32).

    unet: diffusers' UNet2DModel; patch: 2 when it works on pixel-unshuffled input, else 1; t_shift: added to t before
    the network sees it (foreign 0-based checkpoints want -1). Every forward counts as one NFE.
    """

    def __init__(self, unet: UNet2DModel, patch: int, t_shift: int = 0) -> None:
        super().__init__()
        self.unet: Any = unet  # diffusers' class looks uncallable to type checkers
        self.patch, self.t_shift = patch, t_shift

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        record_forward(len(x))
        if self.patch > 1:
            x = F.pixel_unshuffle(x, self.patch)
        eps_hat: Tensor = self.unet(x, t + self.t_shift, return_dict=False)[0]
        return F.pixel_shuffle(eps_hat, self.patch) if self.patch > 1 else eps_hat


def build_denoiser(config: DenoiserConfig) -> Denoiser:
    """Build an untrained denoiser; its initial weights come from torch's global generator."""
    return Denoiser(_fast_unet(config), 2) if config.layout == "fast" else Denoiser(ddpm_unet(), 1)
