"""A critic on the layers of a frozen network: one spectrally normalised head per layer."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

CHANNELS, LAST_SIDE = 64, 4


class FeatureCritic(nn.Module):
    """Map the maps (b, c_l, h_l, w_l) of L layers => logits (b,), the mean over one head per layer.

    A head mixes channels, halves the sides down to 4, and ends in one logit. Maps are divided by the deviation that real images
    had (`calibrate`). Source: sauer2021, section 3, without its mixing across layers.
    """

    deviation: Tensor

    def __init__(self, shapes: Sequence[tuple[int, int, int]]) -> None:
        super().__init__()
        self.heads = nn.ModuleList(_head(*shape) for shape in shapes)
        self.register_buffer("deviation", torch.ones(len(shapes)))

    @torch.no_grad()
    def calibrate(self, maps: Sequence[Tensor]) -> None:
        """Take the deviation of each layer from real images' maps."""
        self.deviation.copy_(torch.stack([one.std(unbiased=False).clamp(min=1e-6) for one in maps]))

    def forward(self, maps: Sequence[Tensor]) -> Tensor:
        logits = [head(one / s).flatten() for head, one, s in zip(self.heads, maps, self.deviation, strict=True)]
        return torch.stack(logits).mean(dim=0)


def _head(c: int, h: int, w: int) -> nn.Module:
    layers: list[nn.Module] = [spectral_norm(nn.Conv2d(c, CHANNELS, 1)), nn.LeakyReLU(0.1, inplace=True)]
    while min(h, w) > LAST_SIDE:
        layers += [spectral_norm(nn.Conv2d(CHANNELS, CHANNELS, 4, 2, 1)), nn.LeakyReLU(0.1, inplace=True)]
        h, w = h // 2, w // 2
    return nn.Sequential(*layers, spectral_norm(nn.Conv2d(CHANNELS, 1, (h, w))))
