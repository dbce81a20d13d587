"""The training image that is nearest to a picture, by its pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tdot_core.errors import TdotError
from tdot_core.services.datasets import load_dataset

ROWS = 2048
UNIT = 127.5

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
    """Return the nearest image of a data set's split to each image (n, 32, 32, 3) uint8; ties go to the lowest row.

    Exact: distances of integers in float64, in blocks of 2,048 rows, so memory does not grow with the data set. Raises
    TdotError when the data set is not imported, or its split is empty.
    """
    data = load_dataset(dataset)
    known, labels = data.images(split), data.labels(split)
    if len(known) == 0:
        raise TdotError(f"The {split} split of {data.info.name} holds no images; choose another data set.")
    rows, squared = nearest_rows(images, known)
    return [
        Nearest(
            int(row),
            np.array(known[row]),
            "" if labels is None else data.info.classes[int(labels[row])],
            float(d2) ** 0.5 / UNIT,
        )
        for row, d2 in zip(rows, squared, strict=True)
    ]


def nearest_rows(images: Images, known: Images) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Return, for each image, the row of the nearest known one and their squared distance in uint8 units; shapes (n,)."""
    x = images.reshape(len(images), -1).astype(np.float64)
    best, rows = np.full(len(x), np.inf), np.zeros(len(x), dtype=np.int64)
    for start in range(0, len(known), ROWS):
        y = np.asarray(known[start : start + ROWS]).reshape(-1, x.shape[1]).astype(np.float64)
        squared = (y * y).sum(1)[None, :] - 2 * (x @ y.T) + (x * x).sum(1)[:, None]
        column = squared.argmin(1)
        found = squared[np.arange(len(x)), column]
        closer = found < best
        best[closer], rows[closer] = found[closer], column[closer] + start
    return rows, best
