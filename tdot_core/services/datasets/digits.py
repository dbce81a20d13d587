"""scikit-learn's handwritten digits as a data set that needs no network."""

from __future__ import annotations

import numpy as np

from tdot_core.services.datasets.draft import Counts, Parts, draft
from tdot_core.services.datasets.info import DatasetInfo
from tdot_core.services.datasets.names import DIGITS

CLASSES = tuple("0123456789")
_EVERY = 5


def upscale(grey: np.ndarray) -> np.ndarray:
    """Enlarge 8x8 digits smoothly (bilinear, edges repeated) to RGB.

    grey: integers in 0..16, shape (n, 8, 8). Returns uint8 (n, 32, 32, 3), 16 as 255. Pixel i of 32 has its centre at
    (i + 1/2) / 4 - 1/2 in the 8; the weights are eighths, so integers give the same bytes on every machine.
    """
    double = 2 * np.arange(32) + 1 - 4  # the centre's place, in eighths
    low, weight = double // 8, double % 8
    blend = np.zeros((32, 8), dtype=np.int64)
    np.add.at(blend, (np.arange(32), low.clip(0, 7)), 8 - weight)
    np.add.at(blend, (np.arange(32), (low + 1).clip(0, 7)), weight)
    sums = np.einsum("iy,nyx,jx->nij", blend, grey.astype(np.int64), blend)  # 64 times the value
    pixels = (sums * 255 + 512) // 1024
    return np.repeat(pixels[..., None], 3, axis=-1).astype(np.uint8)


def build_digits() -> DatasetInfo:
    """Build the data set `digits`: 1,797 images of 0..9 (Alpaydin and Kaynak 1998), every fifth of a class for test."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    labels = np.asarray(bunch.target, dtype=np.int64)
    is_test = np.zeros(len(labels), dtype=bool)
    for digit in range(10):
        is_test[np.flatnonzero(labels == digit)[_EVERY - 1 :: _EVERY]] = True
    positions = {"train": np.flatnonzero(~is_test), "test": np.flatnonzero(is_test)}
    parts = Parts(positions, {split: labels[at] for split, at in positions.items()}, CLASSES)
    with draft() as work:
        work.append(upscale(bunch.images))
        return work.finish(DIGITS, "scikit-learn's digits", parts, Counts())
