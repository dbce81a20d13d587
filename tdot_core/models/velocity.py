"""The small convolutional network behind the flow prior."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

GROUPS = 8


class _Block(nn.Module):
    """Two 3x3 convolutions with group norm, added to the input; the time enters between as a shift per channel."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.GroupNorm(GROUPS, width), nn.GroupNorm(GROUPS, width)
        self.conv1, self.conv2 = nn.Conv2d(width, width, 3, padding=1), nn.Conv2d(width, width, 3, padding=1)
        self.time = nn.Linear(width, width)

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        h = self.conv1(F.silu(self.norm1(x))) + self.time(time)[:, :, None, None]
        out: Tensor = x + self.conv2(F.silu(self.norm2(h)))
        return out


class VelocityNet(nn.Module):
    """Predict the velocity of a small image: x (b, 3, s, s) and u (b,) in [0, 1] => (b, 3, s, s).

    blocks residual blocks at full resolution and as many at half of it (s even), joined by addition.
    """

    def __init__(self, width: int, blocks: int) -> None:
        super().__init__()
        self.enter, self.leave = nn.Conv2d(3, width, 3, padding=1), nn.Conv2d(width, 3, 3, padding=1)
        self.first, self.middle, self.last = (nn.ModuleList(_Block(width) for _ in range(blocks)) for _ in range(3))
        self.time = nn.Sequential(nn.Linear(2 * GROUPS, width), nn.SiLU(), nn.Linear(width, width))

    def forward(self, x: Tensor, u: Tensor) -> Tensor:
        angles = u[:, None] * (2.0 ** torch.arange(GROUPS, device=u.device))
        time = self.time(torch.cat([angles.sin(), angles.cos()], dim=1))
        x = self.enter(x)
        for block in self.first:
            x = block(x, time)
        low = F.avg_pool2d(x, 2)
        for block in self.middle:
            low = block(low, time)
        x = x + F.interpolate(low, scale_factor=2.0, mode="nearest")
        for block in self.last:
            x = block(x, time)
        out: Tensor = self.leave(F.silu(x))
        return out
