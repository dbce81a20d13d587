"""The denoiser: eps_hat = net(x_t, t) over the whole range t = 1..T."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tdot_core.config import setting
from tdot_core.maths.levels import LEVELS
from tdot_core.maths.preconditioning import TARGETS
from tdot_core.maths.schedule import NoiseSchedule
from tdot_core.models.experts import NoiseExperts
from tdot_core.models.nfe import record_forward
from tdot_core.models.precision import precision_setting
from tdot_core.models.preconditioning import LinearPreconditioning, Preconditioning, WienerPreconditioning
from tdot_core.models.wiener import WienerFilter

if TYPE_CHECKING:
    from diffusers import UNet2DModel

WIENER = "wiener"

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
    target: str = setting(
        WIENER,
        "What the network learns: wiener, what the closed-form linear filter leaves of the image; eps, v or edm",
        choices=(WIENER, *TARGETS),
        before="eps",
    )
    components: int = setting(
        128,
        "Principal components that the linear filter keeps (target wiener)",
        low=0,
        high=3072,
        advanced=True,
        before=128,
    )
    levels: str = setting(
        "lognormal",
        "How noise levels are drawn: lognormal in sigma and a quarter uniform in log-SNR, or uniform in t",
        choices=LEVELS,
        advanced=True,
        before="uniform",
    )
    optimiser: str = setting(
        "muon",
        "muon: orthogonal updates of the weight matrices, Adam for the rest; adam: Adam for all",
        choices=("muon", "adam"),
        advanced=True,
        before="adam",
    )
    experts: int = setting(
        0,
        "Noise level above which a second network answers, with weights of its own; 0 for one network at all levels",
        low=0,
        high=999,
        advanced=True,
        before=0,
    )
    begin_with: str = setting(
        "", "A denoiser run whose weights it begins with; none for random ones", advanced=True, before=""
    )
    epochs: int = setting(32, "Passes over the training images", low=1, high=10_000)
    batch: int = setting(128, "Images per training step", low=1, high=4096)
    lr: float = setting(4e-4, "Adam's step size", low=1e-6, high=1e-1)
    ema: float = setting(0.999, "Decay of the weights' moving average", low=0.0, high=0.99999, advanced=True)
    averages: int = setting(
        3,
        "Moving averages kept, each slower than the one before; the best on the images left out counts",
        low=1,
        high=4,
        advanced=True,
        before=1,
    )
    held_out: int = setting(
        1000,
        "Training images left out to compare the averages on, at most a tenth",
        low=0,
        high=10_000,
        advanced=True,
        before=0,
    )
    anneal: bool = setting(
        False, "Lower the step size to zero along half a cosine; for trainings too short to converge", advanced=True
    )
    flips: bool = setting(True, "Mirror half of the images", advanced=True)
    precision: str = precision_setting()


def _fast_unet(config: DenoiserConfig) -> UNet2DModel:
    from diffusers import UNet2DModel

    return UNet2DModel(
        sample_size=IMAGE_SIZE // 2,
        in_channels=24 if config.target == WIENER else 12,
        out_channels=12,
        layers_per_block=config.layers,
        block_out_channels=(config.width, 2 * config.width),
        down_block_types=("DownBlock2D", "AttnDownBlock2D"),
        up_block_types=("AttnUpBlock2D", "UpBlock2D"),
        norm_num_groups=32,
        attention_head_dim=config.head_dim,
    )


def ddpm_unet(in_channels: int = 3) -> UNet2DModel:
    """Build the 35.7 M-parameter CIFAR-10 network of ho2020 (appendix B): 4 levels, attention at 16x16."""
    from diffusers import UNet2DModel

    return UNet2DModel(
        sample_size=IMAGE_SIZE,
        in_channels=in_channels,
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

    unet: diffusers' UNet2DModel, or two as NoiseExperts; patch: 2 when it works on pixel-unshuffled input, else 1; t_shift: added to t before
    the network sees it (foreign 0-based checkpoints want -1). around: what its output is added to and multiplied by, in
    float32; None where it is eps_hat itself. Every forward counts as one NFE.
    """

    def __init__(
        self, unet: UNet2DModel | NoiseExperts, patch: int, t_shift: int = 0, around: Preconditioning | None = None
    ) -> None:
        super().__init__()
        self.unet: Any = unet  # diffusers' class looks uncallable to type checkers
        self.patch, self.t_shift, self.around = patch, t_shift, around
        self.label: int | None = None
        """The class that a class-conditional network is asked for."""

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        record_forward(len(x))
        if self.around is None:
            return self._output(x, t)
        inputs, base = self.around(x, t)
        factor, share = self.gain(t), self.around.share(t)
        if share is not None:
            factor = factor * share
        eps_hat: Tensor = base + factor[:, None, None, None] * self._output(inputs, t).float()
        return eps_hat

    def _output(self, x: Tensor, t: Tensor) -> Tensor:
        if self.patch > 1:
            x = F.pixel_unshuffle(x, self.patch)
        labels = {} if self.label is None else {"class_labels": torch.full_like(t, self.label)}
        out: Tensor = self.unet(x, t + self.t_shift, return_dict=False, **labels)[0]
        # A learned variance is the second half of the channels; our chains take their own.
        out = out[:, : min(out.shape[1], x.shape[1])]
        return F.pixel_shuffle(out, self.patch) if self.patch > 1 else out

    def gain(self, t: Tensor) -> Tensor:
        """Return the factor between the network's output and eps_hat at t (b,): shape (b,), 1 without preconditioning."""
        return torch.ones(len(t), device=t.device) if self.around is None else self.around.gain(t)


def build_denoiser(config: DenoiserConfig) -> Denoiser:
    """Build an untrained denoiser; its initial weights come from torch's global generator.

    With the target wiener its last layer is zero, so that once the filter is described training begins at the filter.
    """
    around = _preconditioning(config)
    unet: Any = NoiseExperts(_unet(config), _unet(config), config.experts) if config.experts else _unet(config)
    return Denoiser(unet, 2 if config.layout == "fast" else 1, around=around)


def _unet(config: DenoiserConfig) -> Any:
    unet: Any = _fast_unet(config) if config.layout == "fast" else ddpm_unet(6 if config.target == WIENER else 3)
    if config.target == WIENER:
        for parameter in unet.conv_out.parameters():
            nn.init.zeros_(parameter)
    return unet


def _preconditioning(config: DenoiserConfig) -> Preconditioning | None:
    schedule = NoiseSchedule(config.schedule)
    if config.target == WIENER:
        return WienerPreconditioning(WienerFilter(schedule, config.components))
    return None if config.target == "eps" else LinearPreconditioning(config.target, schedule)
