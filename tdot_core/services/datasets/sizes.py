"""The size of images as it is written: width and height, such as 64x64."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

ONE_SIZE = "32x32"
"""Of every data set, of all that a prior draws, and once of all that was measured: it goes without saying in documents."""


def size_of(images: NDArray[Any]) -> str:
    """Return the width and height of images (n, h, w, 3), such as 64x64."""
    return f"{images.shape[2]}x{images.shape[1]}"


def spoken(size: str) -> str:
    """Return a size such as 64x64 as people write it: 64 x 64."""
    return size.replace("x", " x ")
