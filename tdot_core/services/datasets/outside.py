"""Images made by any other tool, from whatever an import reads, as uint8 (n, 32, 32, 3) or at their own size."""

from __future__ import annotations

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tdot_core.errors import TdotError
from tdot_core.processors import processors
from tdot_core.progress import Progress
from tdot_core.services.datasets.decoding import (
    BORDERED,
    DARK,
    LARGEST_OWN,
    RESIZED,
    SEVERAL,
    BadImage,
    Change,
    decode,
    file_notes,
)
from tdot_core.services.datasets.opening import open_source
from tdot_core.services.datasets.readers.choosing import find_images, read_arrays
from tdot_core.services.datasets.readers.contract import Wish
from tdot_core.services.datasets.readers.fit32 import bordered_note
from tdot_core.services.datasets.sizes import size_of
from tdot_core.services.datasets.source import ImageSource
from tdot_core.services.storage.spool import Spool

MAX_BYTES, MAX_RATIO = 4 * 2**30, 4
"""What a file may inflate to: so many bytes, or so many times its own size where that is more."""
GROUP, FEW = 512, 32
"""Images that are decoded together; few of those that keep their size, which may be large."""

Images = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Outside:
    """Hold images made elsewhere, in the order of their names (or of the arrays). note: what was skipped or resized.

    images: (n, 32, 32, 3), or (n, h, w, 3) where they were read at their own size; on disk, read-only.
    """

    name: str
    images: Images
    note: str = ""

    @property
    def size(self) -> str:
        """Return the width and height of the images, such as 64x64."""
        return size_of(self.images)


def check_outside(source: str | Path) -> Path:
    """Return the path of images made elsewhere; raises TdotError when there is nothing there."""
    path = Path(source)
    try:
        path = path.expanduser()
        there = path.exists()
    except (OSError, ValueError, RuntimeError) as error:
        raise TdotError(f"This is not a usable path: {str(source)[:80]!r} ({error}).") from error
    if not there:
        raise TdotError(
            f"There are no images at {str(source)[:200]!r}. Give a folder, zip or tar of images, or a file of arrays."
        )
    return path


def read_outside(
    source: str | Path, max_bytes: int | None = None, *, own_size: bool = False
) -> Generator[Progress, None, Outside]:
    """Read the images of a folder, zip or tar, or the arrays there or in one file: npy, npz, idx, parquet, CIFAR's batches.

    Everything is one set: folders, splits and labels mean nothing here. Of several arrays in an npz, `images` or `arr_0` is
    read. Other sizes are cropped to a square and resized to 32 x 32 as an import does, unreadable images are left out, and
    both are said in the note, as is the number of other files. own_size: keep the size, which all must share. Nothing is unpickled. max_bytes: what a file may
    inflate to, by default 4 GiB or four times its size. Raises TdotError when it does not exist, holds no image, images of
    several sizes that are to be kept, pictures beside arrays of images, or is refused.
    """
    path = check_outside(source)
    most = _most(path) if max_bytes is None else max_bytes
    with Spool() as kept, open_source(path, most) as files:
        wish = Wish(max_bytes=most, one_set=True, own_size=own_size)
        notes = yield from (_read_files if files.keys else _read_arrays)(files, kept, wish)
        return Outside(path.name or path.resolve().name, kept.images(), " ".join(notes))


def _most(path: Path) -> int:
    return max(MAX_BYTES, MAX_RATIO * path.stat().st_size if path.is_file() else 0)


def _read_arrays(files: ImageSource, kept: Spool, wish: Wish) -> Generator[Progress, None, list[str]]:
    reading = read_arrays(files.array_files(), files.label, wish)
    for rows in reading.rows:
        yield Progress(kept.n, reading.total, {}, "decoding")
        height, width = rows.images.shape[1:3]
        if height * width > LARGEST_OWN:
            raise TdotError(
                f"The images of the {files.label} are {width} x {height}, more than {LARGEST_OWN // 10**6} million pixels; resize them first."
            )
        if kept.shape not in (None, rows.images.shape[1:]):
            raise _several_sizes(files.label, ("one", kept.shape), ("another", rows.images.shape[1:]))
        kept.add(rows.images)
    if not kept.n:
        raise TdotError(f"None of the {reading.total:,} images in the {files.label} can be read ({reading.reason}).")
    bad = [f"{name[:80]} ({reading.reason})" for name in reading.skipped]
    return [*files.notes, *reading.notes, *_notes(reading.n_resized, bad), *_ignored(files, reading.n_ignored)]


def _read_files(files: ImageSource, kept: Spool, wish: Wish) -> Generator[Progress, None, list[str]]:
    if files.others and (hidden := find_images(files.array_files(), wish)):
        raise TdotError(
            f"The {files.label} holds, beside its {len(files.keys):,} pictures, {hidden.path[:80]!r}, which may hold images "
            "as well: point at that file, or move it or the pictures elsewhere."
        )
    own_size = wish.own_size
    names, changes, bad, first = sorted(files.keys), list[Change](), list[str](), ""

    def read(name: str) -> tuple[str, Images, Change] | tuple[str, None, str]:
        try:
            return name, *decode(files.read(name), own_size=own_size)
        except BadImage as error:
            return name, None, str(error)

    group = FEW if own_size else GROUP
    with ThreadPoolExecutor(max_workers=min(4, processors())) as pool:
        for start in range(0, len(names), group):
            yield Progress(start, len(names), {}, "decoding")
            for name, image, fact in pool.map(read, names[start : start + group]):
                if image is None or isinstance(fact, str):
                    bad.append(f"{name[:80]} ({fact})")
                    continue
                first = first or name
                if kept.shape not in (None, image.shape):
                    raise _several_sizes(files.label, (first, kept.shape), (name, image.shape))
                kept.add(image[None])
                changes.append(fact)
    if not kept.n:
        raise TdotError(f"None of the {len(names)} images in the {files.label} can be read. First: {bad[0]}.")
    bordered, resized, several, dark = (
        sum(kind in change for change in changes) for kind in (BORDERED, RESIZED, SEVERAL, DARK)
    )
    said = [*([bordered_note(bordered)] if bordered else []), *file_notes(several, dark)]
    return [*files.notes, *said, *_notes(resized, bad), *_ignored(files, files.n_ignored)]


def _ignored(files: ImageSource, n: int) -> list[str]:
    """Return what to say of files that were not read: an own set may be among them, damaged or of another format."""
    first = f", first {min(files.others)[:80]}" if n and n == len(files.others) else ""
    return [f"{n:,} files that are no images were ignored{first}."] if n else []


def _several_sizes(label: str, *examples: tuple[str, tuple[int, ...] | None]) -> TdotError:
    found = ", ".join(f"{name[:80]} is {shape[1]} x {shape[0]}" for name, shape in examples if shape)
    return TdotError(
        f"The {label} holds images of several sizes ({found}), and images are measured at their own size here: put those of "
        "one size into a folder of their own, or resize them first."
    )


def _notes(resized: int, bad: list[str]) -> list[str]:
    parts = [f"{resized} images were not 32 x 32 and were cropped and resized."] if resized else []
    return parts + ([f"{len(bad)} unreadable images were left out, first {bad[0]}."] if bad else [])
