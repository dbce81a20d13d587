"""From RGB images of one size to 32x32."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tdot_core.services.datasets.info import IMAGE_SHAPE

_SIDE = IMAGE_SHAPE[0]
MNIST_SIDE = 28


def bordered_note(n: int | None = None) -> str:
    """Return what to say of images that got a border; n: of how many, where there are others."""
    return f"{'The' if n is None else f'{n:,} grey'} 28x28 images have a black border of two pixels."


def sized(block: NDArray[np.uint8], padded: bool, own_size: bool) -> tuple[NDArray[np.uint8], int]:
    """Return images (n, h, w, 3) as 32x32, or as they are with own_size, and how many were resized; padded: 28x28 get a border."""
    if own_size:
        return block, 0
    small = pad(block) if padded else fit32(block)
    return small, 0 if padded or small.shape == block.shape else len(small)


def pad(block: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return images (n, 28, 28, 3) with a black border of two pixels, every pixel kept."""
    edge = (_SIDE - MNIST_SIDE) // 2
    return np.pad(block, ((0, 0), (edge, edge), (edge, edge), (0, 0)))


def fit32(block: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return images (n, h, w, 3) as 32x32: the middle square, resized by Pillow's antialiased bicubic filter as files are."""
    height, width = block.shape[1:3]
    if (height, width) == (_SIDE, _SIDE):
        return block
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = np.ascontiguousarray(block[:, top : top + side, left : left + side])
    if side == _SIDE:
        return square
    return np.stack([np.asarray(Image.fromarray(i).resize((_SIDE, _SIDE), Image.Resampling.BICUBIC)) for i in square])
