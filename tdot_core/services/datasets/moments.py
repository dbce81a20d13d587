"""Mean and covariance of a data set's training images as pixels, computed once and kept."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np

from tdot_core.errors import TdotError
from tdot_core.maths.quantise import array_from_uint8
from tdot_core.metrics.statistics import Accumulator, Statistics
from tdot_core.progress import Progress
from tdot_core.services.datasets import Dataset
from tdot_core.services.storage.files import write_atomically
from tdot_core.services.storage.paths import cache_root

ROWS = 1024


def pixel_moments(data: Dataset) -> Generator[Progress, None, Statistics]:
    """Return the moments of the training images as x0 in [-1, 1], channel first: mean (3072,), covariance (3072, 3072)."""
    path = cache_root() / "moments" / f"{data.info.id}.npz"
    try:
        return Statistics.load(path)
    except TdotError:
        images, accumulator = data.images("train"), Accumulator()
    for start in range(0, len(images), ROWS):
        yield Progress(start, len(images), {}, "pixel moments")
        block = np.asarray(images[start : start + ROWS]).transpose(0, 3, 1, 2).reshape(-1, 3072)
        accumulator.add(array_from_uint8(block, np.float64))
    moments = accumulator.result()
    write_atomically(path, moments.save)
    return moments
