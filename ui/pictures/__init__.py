"""The pictures that the screens themselves need."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image


def flower() -> npt.NDArray[np.uint8]:
    """Return the example photograph, (32, 32, 3) uint8; its maker is named in CREDITS.md and on the Method screen."""
    with Image.open(Path(__file__).parent / "flower.png") as picture:
        return np.asarray(picture.convert("RGB"))
