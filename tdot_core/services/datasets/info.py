"""What is known about a data set: the record beside its arrays."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_type_hints

from tdot_core.errors import TdotError

SPLITS = ("train", "test")
IMAGE_SHAPE = (32, 32, 3)
MAX_NAMED = 100
_ADDED = ("notes", "n_copies")  # which records of earlier versions lack


@dataclass(frozen=True)
class DatasetInfo:
    """Describe one imported data set.

    id: hash of the content in its order (16 hex digits). classes: empty when no labels are known; labelled: the splits
    that have labels. bytes_on_disk: of the arrays. source: where it came from, never a path. skipped: the first 100
    names of images left out because they could not be read; n_skipped: all of them. n_resized: images that were not
    32x32. n_ignored: files that are not images. created: ISO 8601, UTC. train_set, test_set: hashes of the images of a
    split whatever their order, so that one collection imported from two sources is recognised. notes: sentences about
    what the import left out or read in a special way; n_copies: test images whose every pixel is also a training image's.
    """

    id: str
    name: str
    n_train: int
    n_test: int
    classes: tuple[str, ...]
    bytes_on_disk: int
    source: str
    skipped: tuple[str, ...]
    n_skipped: int
    n_resized: int
    created: str
    n_ignored: int = 0
    labelled: tuple[str, ...] = ()
    train_set: str = ""
    test_set: str = ""
    notes: tuple[str, ...] = ()
    n_copies: int = 0

    def count(self, split: str) -> int:
        """Return the number of images in split ("train" or "test")."""
        return {"train": self.n_train, "test": self.n_test}[check_split(split)]

    def copies(self) -> str:
        """Return the sentence about test images that are also training images; nothing where there are none."""
        said = f"{self.n_copies:,} of {self.n_test:,} test images are also training images, pixel for pixel."
        return said if self.n_copies else ""

    def as_json(self) -> dict[str, Any]:
        """Return the record as plain JSON values."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in dataclasses.asdict(self).items()}


def check_split(split: str) -> str:
    """Return split, or raise TdotError when it is neither "train" nor "test"."""
    if split not in SPLITS:
        raise TdotError(f"A split is train or test, found {str(split)[:40]!r}.")
    return split


def info_from_json(value: Mapping[str, Any]) -> DatasetInfo:
    """Rebuild the record from JSON values; raises TdotError when a field is missing or of another type."""
    hints = get_type_hints(DatasetInfo)
    fields: dict[str, Any] = {}
    for name, kind in hints.items():
        if name in _ADDED and name not in value:
            continue
        found = value.get(name)
        if kind in (str, int):
            fits = isinstance(found, kind) and not isinstance(found, bool)
        else:
            fits = isinstance(found, list) and all(isinstance(item, str) for item in found)
        if not fits or (kind is int and found is not None and found < 0):
            raise TdotError(f"The record of a data set is damaged at {name!r}. Import the data set again.")
        fields[name] = tuple(found) if isinstance(found, list) else found
    return DatasetInfo(**fields)
