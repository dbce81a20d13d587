"""The one place where images change between float in [-1, 1] and uint8."""

from __future__ import annotations

import torch
from torch import Tensor


def to_uint8(x: Tensor) -> Tensor:
    """Return clamp(floor(127.5 x + 128), 0, 255) as uint8: nearest level, all 256 exact levels kept.

    x: (n, 3, h, w), float in [-1, 1]. Returns (n, h, w, 3) uint8. NaN raises ValueError: it has no level.
    """
    if torch.isnan(x).any():
        raise ValueError("images hold NaN and cannot be turned into pixels")
    levels = torch.floor(127.5 * x + 128).clamp_(0, 255).to(torch.uint8)
    return levels.permute(0, 2, 3, 1).contiguous()


def from_uint8(images: Tensor) -> Tensor:
    """Return x = images / 127.5 - 1 as float32. images: (n, h, w, 3) uint8. Returns (n, 3, h, w) in [-1, 1]."""
    return images.permute(0, 3, 1, 2).contiguous().to(torch.float32) / 127.5 - 1
