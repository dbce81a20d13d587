"""The DCGAN generator that vae, gan and ot share, and its mirror (encoder, critic)."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm


def _dcgan_init(module: nn.Module) -> None:
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(module.weight, 0.0, 0.02)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)
        nn.init.zeros_(module.bias)


class FromPoint(nn.ConvTranspose2d):
    """Transposed convolution of a 1x1 image, (b, c_in, 1, 1) => (b, c_out, k, k), as the one matrix product that it is.

    Equal to nn.ConvTranspose2d without stride and bias; oneDNN's general kernel takes 6 to 20 times as long.
    """

    def forward(self, x: Tensor, output_size: list[int] | None = None) -> Tensor:
        out: Tensor = (x.flatten(1) @ self.weight.flatten(1)).unflatten(1, self.weight.shape[1:])
        return out


class ToPoint(nn.Conv2d):
    """Convolution with a kernel as large as its input, (b, c_in, k, k) => (b, c_out, 1, 1), as one matrix product."""

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x.flatten(1), self.weight.flatten(1), self.bias)[:, :, None, None]


class Generator(nn.Module):
    """Map z (b, latent) => image (b, 3, 32, 32), unbounded: x_t leaves [-1, 1], so there is no tanh at the end.

    Channels 8 w, 4 w, 2 w at 4x4, 8x8, 16x16; batch norm and ReLU between. 4.9 M parameters at w = 32, latent 1024.
    Source: Radford 2016 (DCGAN), section 3.
    """

    def __init__(self, latent: int, width: int) -> None:
        super().__init__()
        c0, c1, c2 = 8 * width, 4 * width, 2 * width
        self.layers = nn.Sequential(
            FromPoint(latent, c0, 4, bias=False),
            nn.BatchNorm2d(c0),
            nn.ReLU(inplace=True),
            nn.ConvTranspose2d(c0, c1, 4, 2, 1, bias=False),
            nn.BatchNorm2d(c1),
            nn.ReLU(inplace=True),
            nn.ConvTranspose2d(c1, c2, 4, 2, 1, bias=False),
            nn.BatchNorm2d(c2),
            nn.ReLU(inplace=True),
            nn.ConvTranspose2d(c2, 3, 4, 2, 1),
        )
        self.apply(_dcgan_init)

    def forward(self, z: Tensor) -> Tensor:
        out: Tensor = self.layers(z[:, :, None, None])
        return out


class Encoder(nn.Module):
    """Mirror the generator: x (b, 3, 32, 32) => (mean, log_variance), each (b, latent)."""

    def __init__(self, latent: int, width: int) -> None:
        super().__init__()
        c0, c1, c2 = 8 * width, 4 * width, 2 * width
        self.layers = nn.Sequential(
            nn.Conv2d(3, c2, 4, 2, 1),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(c2, c1, 4, 2, 1, bias=False),
            nn.BatchNorm2d(c1),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(c1, c0, 4, 2, 1, bias=False),
            nn.BatchNorm2d(c0),
            nn.LeakyReLU(0.2, inplace=True),
            ToPoint(c0, 2 * latent, 4),
        )
        self.apply(_dcgan_init)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        mean, log_variance = self.layers(x).flatten(1).chunk(2, dim=1)
        # A variance of e^-20..e^10 is all that float32 training needs; beyond, one bad batch ends in infinity.
        return mean, log_variance.clamp(-20.0, 10.0)


class Critic(nn.Module):
    """Mirror the generator down to one logit: x (b, 3, 32, 32) => (b,), positive for real; spectrally normalised.

    Spectral norm in place of DCGAN's batch norm (Miyato 2018, Eq. 8) keeps 32 epochs stable without tuning.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        c0, c1, c2 = 8 * width, 4 * width, 2 * width
        self.layers = nn.Sequential(
            spectral_norm(nn.Conv2d(3, c2, 4, 2, 1)),
            nn.LeakyReLU(0.2, inplace=True),
            spectral_norm(nn.Conv2d(c2, c1, 4, 2, 1)),
            nn.LeakyReLU(0.2, inplace=True),
            spectral_norm(nn.Conv2d(c1, c0, 4, 2, 1)),
            nn.LeakyReLU(0.2, inplace=True),
            spectral_norm(ToPoint(c0, 1, 4)),
        )

    def forward(self, x: Tensor) -> Tensor:
        logit: Tensor = self.layers(x).flatten()
        return logit


class DeepCritic(nn.Module):
    """Map x (b, 3, 32, 32) => (b,) by SNGAN's 7 convolutions and one dense layer, all spectrally normalised.

    Pairs of a 3x3 convolution and a 4x4 one of stride 2 at 2 w, 4 w and 8 w channels, then 3x3 at 16 w. At w = 32 it is
    miyato2018, Table 3: 64 to 512 channels.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        c_in = 3
        for c in (2 * width, 4 * width, 8 * width):
            layers += [spectral_norm(nn.Conv2d(c_in, c, 3, 1, 1)), nn.LeakyReLU(0.1, inplace=True)]
            layers += [spectral_norm(nn.Conv2d(c, c, 4, 2, 1)), nn.LeakyReLU(0.1, inplace=True)]
            c_in = c
        layers += [spectral_norm(nn.Conv2d(c_in, 16 * width, 3, 1, 1)), nn.LeakyReLU(0.1, inplace=True)]
        self.layers = nn.Sequential(*layers, spectral_norm(ToPoint(16 * width, 1, 4)))

    def forward(self, x: Tensor) -> Tensor:
        logit: Tensor = self.layers(x).flatten()
        return logit
