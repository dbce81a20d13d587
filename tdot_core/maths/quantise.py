"""The one place where images change between float in [-1, 1] and uint8."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from torch import Tensor


HALF_RANGE = 127.5
"""Grey levels of one unit: 0..255 spans [-1, 1]."""

Float = TypeVar("Float", np.float32, np.float64)


def to_uint8(x: Tensor) -> Tensor:
    """Return clamp(floor(127.5 x + 128), 0, 255) as uint8: nearest level, all 256 exact levels kept.

    x: (n, 3, h, w), float in [-1, 1]. Returns (n, h, w, 3) uint8. NaN raises ValueError: it has no level.
    """
    import torch  # here, so that screens which need no network do not load it

    if torch.isnan(x).any():
        raise ValueError("images hold NaN and cannot be turned into pixels")
    levels = torch.floor(HALF_RANGE * x + 128).clamp_(0, 255).to(torch.uint8)
    return levels.permute(0, 2, 3, 1).contiguous()


def from_uint8(images: Tensor) -> Tensor:
    """Return x = images / 127.5 - 1 as float32. images: (n, h, w, 3) uint8. Returns (n, 3, h, w) in [-1, 1]."""
    return images.permute(0, 3, 1, 2).contiguous().float() / HALF_RANGE - 1


def array_to_uint8(x: npt.NDArray[np.floating]) -> npt.NDArray[np.uint8]:
    """Return `to_uint8` of a NumPy array whose channels are already last, (n, h, w, 3); needs no torch."""
    if np.isnan(x).any():
        raise ValueError("images hold NaN and cannot be turned into pixels")
    levels: npt.NDArray[np.uint8] = np.clip(np.floor(HALF_RANGE * x + 128), 0, 255).astype(np.uint8)
    return levels


def array_from_uint8(images: npt.NDArray[np.uint8], dtype: type[Float]) -> npt.NDArray[Float]:
    """Return images / 127.5 - 1 of a NumPy array of any shape, as it lies and as float32 or float64; needs no torch."""
    x: npt.NDArray[Float] = images.astype(dtype) / dtype(HALF_RANGE) - dtype(1)
    return x
