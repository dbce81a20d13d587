"""Is it a copy? The training image nearest to each of a set of images, in pixels and in feature space; no torch here."""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tdot_core.errors import TdotError
from tdot_core.maths.quantise import HALF_RANGE
from tdot_core.metrics.features import Features
from tdot_core.services.copies.nearest import nearest_rows
from tdot_core.services.datasets import Dataset
from tdot_core.services.features.heldout import HeldOut, taking_order
from tdot_core.services.storage.files import write_atomically
from tdot_core.services.storage.paths import cache_root

SHOWN, TEST = 12, 200
COPY = 0.5 / HALF_RANGE * 3072**0.5
"""Pixels half a level apart on average: what rounding alone can do."""
_UNREADABLE = (OSError, ValueError, TypeError, KeyError, EOFError, zipfile.BadZipFile, zlib.error)

Images = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Matches:
    """The closest of n images to their nearest training image, closest first.

    space: "pixels", or an extractor and layer; known: training images searched; index: places in the set; rows: in the
    training split; distances: Euclidean; images, nearest: the pictures (k, 32, 32, 3); usual: median distance of all n;
    test: median of test images to their nearest training image, None without any.
    """

    space: str
    n: int
    known: int
    index: Rows
    rows: Rows
    distances: Numbers
    images: Images
    nearest: Images
    usual: float
    test: float | None

    def sentence(self) -> str:
        """Return the distances in words."""
        test = "" if self.test is None else f"; of real test images {self.test:.3g}"
        return (
            f"{self.space}: the closest of {self.n:,} images is {self.distances[0]:.3g} from one of {self.known:,} training "
            f"images, the median {self.usual:.3g}{test}."
        )

    def to_json(self) -> dict[str, Any]:
        """Return all but the pictures as plain JSON values."""
        pairs = [
            {"image": int(i), "row": int(r), "distance": float(d)}
            for i, r, d in zip(self.index, self.rows, self.distances, strict=True)
        ]
        facts = {name: getattr(self, name) for name in ("space", "n", "known", "usual", "test")}
        return {**facts, "closest": pairs}


def by_pixels(images: Images, train: Images, test: Images | None = None, shown: int = SHOWN) -> Matches:
    """Match images (n, 32, 32, 3) with a training split by their pixels in [-1, 1]; test: test images to compare with."""
    rows, squared = nearest_rows(images, train)
    distances = np.sqrt(squared.clip(0)) / HALF_RANGE
    usual = (
        None
        if test is None or not len(test)
        else float(np.median(np.sqrt(nearest_rows(test, train)[1].clip(0)))) / HALF_RANGE
    )
    return matches("pixels", images, train, rows, distances, len(train), usual, shown)


def matches(
    space: str,
    images: Images,
    train: Images,
    rows: Rows,
    distances: Numbers,
    known: int,
    test: float | None,
    shown: int = SHOWN,
) -> Matches:
    """Keep the closest pairs of images and the training images `rows` (n,) that are nearest to them."""
    order = np.argsort(distances, kind="stable")[:shown]
    return Matches(
        space,
        len(images),
        known,
        order,
        rows[order],
        distances[order],
        np.asarray(images)[order],
        np.stack([np.asarray(train[row]) for row in rows[order]]),
        float(np.median(distances)),
        test,
    )


def copies(found: Matches) -> int:
    """Return how many of the closest pixel matches are copies but for rounding."""
    return int((found.distances <= COPY).sum()) if found.space == "pixels" else 0


def matches_path(key: str) -> Path:
    """Return where the matches of a row are kept."""
    return cache_root() / "copies" / f"{key}.npz"


def save_matches(key: str, found: Sequence[Matches]) -> None:
    """Keep matches under a content key; raises OSError when the disk refuses."""
    arrays: dict[str, Any] = {"count": np.array(len(found))}
    for k, one in enumerate(found):
        meta = {name: getattr(one, name) for name in ("space", "n", "known", "usual", "test")}
        arrays[f"meta{k}"] = np.frombuffer(json.dumps(meta).encode(), np.uint8)
        arrays |= {f"{name}{k}": getattr(one, name) for name in ("index", "rows", "distances", "images", "nearest")}

    def save(path: Path) -> None:
        with path.open("wb") as file:
            np.savez(file, **arrays)

    write_atomically(matches_path(key), save)


def load_matches(key: str) -> list[Matches]:
    """Return kept matches; raises TdotError when they are not there any more."""
    try:
        with matches_path(key).open("rb") as handle, np.load(handle, allow_pickle=False) as file:
            found = []
            for k in range(int(file["count"])):
                meta = json.loads(file[f"meta{k}"].tobytes())
                arrays = {name: file[f"{name}{k}"] for name in ("index", "rows", "distances", "images", "nearest")}
                found.append(Matches(**meta, **arrays))
            return found
    except _UNREADABLE as error:
        raise TdotError("The nearest training images are not in the cache any more; evaluate again.") from error


def by_features(
    images: Images,
    fake: Features,
    known: Features,
    rows: npt.NDArray[np.int64],
    train: Images,
    name: str,
    heldout: HeldOut | None,
) -> Matches:
    """Match images by features; rows: the place in the training split of each row of known; heldout: test images' features."""
    squared, nearest = fake.nearest(known)
    test = heldout.features() if heldout is not None else None
    usual = None if test is None else float(np.median(np.sqrt(test.nearest(known)[0])))
    return matches(name, images, train, np.asarray(rows)[nearest], np.sqrt(squared), known.n, usual)


def strangers(data: Dataset) -> Images | None:
    """Return up to 200 test images, whose distances show what is usual between different pictures; None without any."""
    if not data.info.n_test:
        return None
    rows = taking_order(data.info.n_test)[::-1][:TEST]
    return np.asarray(data.images("test")[np.sort(rows)])
