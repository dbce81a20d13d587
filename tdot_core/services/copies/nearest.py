"""The training image that is nearest to a picture, by its pixels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tdot_core.errors import TdotError
from tdot_core.maths.quantise import HALF_RANGE
from tdot_core.services.datasets import load_dataset

ROWS = 2048

Images = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Nearest:
    """One neighbour: its row in the split, its picture (32, 32, 3) uint8, its class or "", and its distance.

    distance: Euclidean over the 3,072 values in [-1, 1], so 0 is a copy and 111 the farthest there is.
    """

    row: int
    image: Images
    label: str
    distance: float


def nearest(images: Images, dataset: str, split: str = "train") -> list[Nearest]:
    """Return the nearest image of a data set's split to each image (n, 32, 32, 3) uint8, the first of its `neighbours`."""
    return [few[0] for few in neighbours(images, dataset, 1, split)]


def neighbours(images: Images, dataset: str, k: int, split: str = "train") -> list[list[Nearest]]:
    """Return the k >= 1 nearest images of a data set's split to each image (n, 32, 32, 3) uint8, nearest first.

    Fewer where the split holds fewer; ties go to the lowest row. Exact: distances of integers in float64, in blocks of 2,048
    rows, so memory does not grow with the data set. Raises TdotError when the data set is not imported, or its split is empty.
    """
    data = load_dataset(dataset)
    known, labels = data.images(split), data.labels(split)
    if len(known) == 0:
        raise TdotError(f"The {split} split of {data.info.name} holds no images; choose another data set.")

    def found(row: int, squared: float) -> Nearest:
        label = "" if labels is None else data.info.classes[int(labels[row])]
        return Nearest(row, np.array(known[row]), label, squared**0.5 / HALF_RANGE)

    rows, squared = _few_rows(images, known, k)
    return [[found(int(r), float(d2)) for r, d2 in zip(*pair, strict=True)] for pair in zip(rows, squared, strict=True)]


def nearest_rows(images: Images, known: Images) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Return, for each image, the row of the nearest known one and their squared distance in uint8 units; shapes (n,)."""
    best, rows = np.full(len(images), np.inf), np.zeros(len(images), dtype=np.int64)
    for first in range(0, len(images), ROWS):
        # Of many images no more than a block is in float64 at a time.
        near, at = best[first : first + ROWS], rows[first : first + ROWS]
        for start, squared in _squared(np.asarray(images[first : first + ROWS]), known):
            column = squared.argmin(1)
            found = squared[np.arange(len(near)), column]
            closer = found < near
            near[closer], at[closer] = found[closer], column[closer] + start
    return rows, best


def _few_rows(images: Images, known: Images, k: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Return as `nearest_rows` does the min(k, m) nearest of each image, nearest first; shapes (n, min(k, m))."""
    rows, best = np.zeros((len(images), 0), dtype=np.int64), np.zeros((len(images), 0))
    for start, squared in _squared(images, known):
        best = np.concatenate([best, squared], axis=1)
        here = np.arange(start, start + squared.shape[1])
        rows = np.concatenate([rows, np.broadcast_to(here, squared.shape)], axis=1)
        order = np.argsort(best, axis=1, kind="stable")[:, :k]
        best, rows = np.take_along_axis(best, order, 1), np.take_along_axis(rows, order, 1)
    return rows, best


def _squared(images: Images, known: Images) -> Iterator[tuple[int, npt.NDArray[np.float64]]]:
    """Yield, per block of known rows, its first row and the squared distances (n, block) in uint8 units."""
    x = images.reshape(len(images), -1).astype(np.float64)
    for start in range(0, len(known), ROWS):
        y = np.asarray(known[start : start + ROWS]).reshape(-1, x.shape[1]).astype(np.float64)
        yield start, (y * y).sum(1)[None, :] - 2 * (x @ y.T) + (x * x).sum(1)[:, None]
