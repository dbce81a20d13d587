"""Which axes of an array are height, width and colours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tdot_core.errors import TdotError

LARGEST_IMAGE = 2**28
_SMALLEST = 4


@dataclass(frozen=True)
class ImageAxes:
    """Say how images lie in an array of shape (n, ...): with the colours first, last or none at all."""

    shape: tuple[int, ...]
    colours: str

    @property
    def height(self) -> int:
        """Return the number of rows of an image."""
        return self.shape[2] if self.colours == "first" else self.shape[1]

    @property
    def width(self) -> int:
        """Return the number of columns of an image."""
        return self.shape[3] if self.colours == "first" else self.shape[2]

    def to_rgb(self, block: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return images (n, h, w, 3); grey is repeated."""
        if self.colours == "none":
            block = block[..., None]
        elif self.colours == "first":
            block = block.transpose(0, 2, 3, 1)
        return np.ascontiguousarray(np.broadcast_to(block, (*block.shape[:3], 3)))


def image_axes(shape: tuple[int, ...], name: str, item: int = 1) -> ImageAxes:
    """Return how images lie in an array: (n, h, w, 3 or 1), (n, 3 or 1, h, w) or (n, h, w). item: bytes per number.

    Raises TdotError naming the array when its shape is none of these, or could be two of them.
    """
    if len(shape) in (3, 4) and min(shape) < 1:
        raise TdotError(f"{name} holds no images: its shape is {shape}.")
    if len(shape) not in (3, 4):
        raise TdotError(
            f"{name} has the shape {shape}; images are (n, h, w, 3), (n, 3, h, w) or grey (n, h, w).{_hint(shape)}"
        )
    first, last = shape[1] in (1, 3), shape[-1] in (1, 3)
    if len(shape) == 3:
        if last or shape[0] in (1, 3) or min(shape[1:]) < _SMALLEST:
            raise TdotError(f"{name} of shape {shape} could be one image or several grey ones; make it (n, h, w, 3).")
        axes = ImageAxes(shape, "none")
    elif first == last:
        why = (
            "colours may be its second or its last axis" if first else "neither its second nor its last axis is 3 or 1"
        )
        raise TdotError(f"{name} has the shape {shape}: {why}. Make it (n, h, w, 3) or (n, 3, h, w).")
    else:
        axes = ImageAxes(shape, "first" if first else "last")
    if min(axes.height, axes.width) < _SMALLEST or int(np.prod(shape[1:], dtype=object)) * item > LARGEST_IMAGE:
        raise TdotError(
            f"{name} has images of {axes.height} x {axes.width}; expected at least {_SMALLEST} pixels a side and at most 256 MiB each."
        )
    return axes


def _hint(shape: tuple[int, ...]) -> str:
    if len(shape) == 2 and shape[1] in (3072, 784, 1024):
        rows = {
            3072: "(-1, 3, 32, 32) when the planes follow one another, else (-1, 32, 32, 3)",
            784: "(-1, 28, 28)",
            1024: "(-1, 32, 32)",
        }
        return f" Reshape its rows of {shape[1]:,} numbers to {rows[shape[1]]}."
    return ""
