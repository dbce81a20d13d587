"""The one place where images change between float in [-1, 1] and uint8."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from torch import Tensor


def to_uint8(x: Tensor) -> Tensor:
    """Return clamp(floor(127.5 x + 128), 0, 255) as uint8: nearest level, all 256 exact levels kept.

    x: (n, 3, h, w), float in [-1, 1]. Returns (n, h, w, 3) uint8. NaN raises ValueError: it has no level.
    """
    import torch  # here, so that screens which need no network do not load it

    if torch.isnan(x).any():
        raise ValueError("images hold NaN and cannot be turned into pixels")
    levels = torch.floor(127.5 * x + 128).clamp_(0, 255).to(torch.uint8)
    return levels.permute(0, 2, 3, 1).contiguous()


def from_uint8(images: Tensor) -> Tensor:
    """Return x = images / 127.5 - 1 as float32. images: (n, h, w, 3) uint8. Returns (n, 3, h, w) in [-1, 1]."""
    return images.permute(0, 3, 1, 2).contiguous().float() / 127.5 - 1


def array_to_uint8(x: npt.NDArray[np.floating]) -> npt.NDArray[np.uint8]:
    """Return `to_uint8` of a NumPy array whose channels are already last, (n, h, w, 3); needs no torch."""
    if np.isnan(x).any():
        raise ValueError("images hold NaN and cannot be turned into pixels")
    levels: npt.NDArray[np.uint8] = np.clip(np.floor(127.5 * x + 128), 0, 255).astype(np.uint8)
    return levels
