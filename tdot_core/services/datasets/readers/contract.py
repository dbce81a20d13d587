"""What every reader of arrays takes and gives."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO, ClassVar

import numpy as np
from numpy.typing import NDArray

from tdot_core.errors import TdotError
from tdot_core.services.datasets.readers.array_file import ArrayFile

BLOCK_BYTES = 2**24
"""How much of an array is held at a time."""
_MOST_CLASSES = 2**53


@dataclass(frozen=True)
class Wish:
    """What the user says about the files. values: the range of numbers ("unit", "signed", "byte"), empty to find it out;
    splits: (split, file) pairs; strict: refuse unreadable images; max_bytes: what compressed files may inflate to.
    one_set: images that are measured, all files together, without splits and labels; own_size: keep their size.
    """

    values: str = ""
    splits: Sequence[tuple[str, str]] = ()
    strict: bool = False
    max_bytes: int = 4 * 2**30
    one_set: bool = False
    own_size: bool = False

    def too_large(self, name: str) -> TdotError:
        """Return the error for a file that inflates beyond max_bytes."""
        remedy = "give fewer images" if self.one_set else "raise --max-gib"
        return TdotError(f"{name} inflates to more than the limit of {self.max_bytes / 2**30:.3g} GiB; {remedy}.")


@dataclass(frozen=True, eq=False)
class ImageRows:
    """Some images in order: uint8 (n, 32, 32, 3), or (n, h, w, 3) at their own size, their split (None: of none) and labels.

    labels: int64 (n,), -1 for an image without one, or names, None or empty for one without; None where all images have none.
    """

    images: NDArray[np.uint8]
    split: str | None
    labels: NDArray[np.int64] | Sequence[str | None] | None = None


@dataclass
class Reading:
    """What a reader found: the number of images, their rows, the classes' names by label where known, and what to say.

    rows may raise TdotError and add to notes, skipped (names of images that cannot be read, first reason in reason), n_resized, n_bordered, n_several and n_dark (files of several pictures, dark ones).
    """

    total: int
    rows: Iterator[ImageRows]
    names: tuple[str, ...] | None = None
    notes: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    reason: str = ""
    n_resized: int = 0
    n_bordered: int = 0
    n_several: int = 0
    n_dark: int = 0
    n_ignored: int = 0


def one_label(label: str) -> str:
    """Return what to say where all images have one label, which tells nothing."""
    return f"All images have the label {label[:80]!r}, which is left out."


def whole_labels(values: NDArray[Any]) -> NDArray[np.int64] | None:
    """Return numbers as labels, int64 with -1 for NaN, or None when they are none: not all whole, or too large to count by."""
    if values.dtype.kind == "f":
        values = np.where(np.isnan(values), -1, values)
        if not np.isfinite(values).all() or (np.floor(values) != values).any():
            return None
    if values.size and (values.max() > _MOST_CLASSES or values.min() < -_MOST_CLASSES):
        return None
    return values.astype(np.int64)


class Reader(ABC):
    """Read one format. what: words for messages."""

    what: ClassVar[str]

    @abstractmethod
    def knows(self, file: ArrayFile) -> bool:
        """Tell by content whether this is a file of the format."""

    def may_hold_images(self, file: ArrayFile, wish: Wish) -> bool:
        """Tell whether a file of the format can hold images; override it where some hold labels or statistics alone."""
        return True

    @abstractmethod
    def read(self, files: Sequence[ArrayFile], others: Sequence[ArrayFile], wish: Wish) -> Reading:
        """Return what the files of this format hold; others: the rest of the source, for names of classes.

        Raises TdotError, in one sentence, for what is no collection of images.
        """


def read_exactly(file: BinaryIO, size: int, what: str) -> bytes:
    """Return size bytes; raises EOFError naming what when there are fewer."""
    data = file.read(size)
    while len(data) < size and (more := file.read(size - len(data))):
        data += more
    if len(data) < size:
        raise EOFError(f"{what} ends too early")
    return data
