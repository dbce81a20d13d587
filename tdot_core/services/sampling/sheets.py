"""Sheets: many small images as one PNG."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from tdot_core.errors import TdotError

GAP = 2
PAPER = 255


def make_sheet(images: npt.NDArray[np.uint8], columns: int | None = None, scale: int = 1) -> npt.NDArray[np.uint8]:
    """Lay images (n, h, w, 3) on a white grid with 2-pixel gaps, each enlarged `scale` times, nearest neighbour.

    columns: default the square root of n, rounded up. Returns (H, W, 3) uint8. Raises TdotError for no images.
    """
    n = len(images)
    if n == 0:
        raise TdotError("A sheet needs at least one image, found none.")
    columns = min(columns or math.ceil(math.sqrt(n)), n)
    rows = math.ceil(n / columns)
    large = images.repeat(scale, axis=1).repeat(scale, axis=2)
    h, w = large.shape[1:3]
    sheet = np.full((rows * (h + GAP) - GAP, columns * (w + GAP) - GAP, 3), PAPER, dtype=np.uint8)
    for i, image in enumerate(large):
        y, x = (i // columns) * (h + GAP), (i % columns) * (w + GAP)
        sheet[y : y + h, x : x + w] = image
    return sheet


def save_sheet(images: npt.NDArray[np.uint8], path: Path, columns: int | None = None, scale: int = 1) -> None:
    """Write `make_sheet` as a PNG file."""
    Image.fromarray(make_sheet(images, columns, scale)).save(path, format="PNG")
