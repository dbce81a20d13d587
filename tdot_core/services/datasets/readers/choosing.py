"""Finding the reader for the files of a source."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from tdot_core.errors import TdotError
from tdot_core.services.datasets.readers.array_file import ArrayFile
from tdot_core.services.datasets.readers.cifar_binary import CifarBinaryReader
from tdot_core.services.datasets.readers.cifar_pickle import CifarPickleReader
from tdot_core.services.datasets.readers.contract import Reader, Reading, Wish
from tdot_core.services.datasets.readers.idx import IdxReader
from tdot_core.services.datasets.readers.numpy_arrays import NumpyReader
from tdot_core.services.datasets.readers.parquet import ParquetReader
from tdot_core.services.datasets.readers.unread import refuse_unread

READERS: tuple[Reader, ...] = (ParquetReader(), NumpyReader(), CifarPickleReader(), IdxReader(), CifarBinaryReader())
_MOST = 10_000


def read_arrays(files: Sequence[ArrayFile], label: str, wish: Wish) -> Reading:
    """Return what the files of the one format among them hold; files of no format are counted.

    Raises TdotError when there is none (saying what converts what there is) or more than one.
    """
    if len(files) > _MOST:
        raise TdotError(f"The {label} holds no images and {len(files):,} other files; import a part of it.")
    of: dict[Reader, list[ArrayFile]] = {}
    others = []
    for file in files:
        reader = _reader_of(file)
        if reader is None:
            others.append(file)
        else:
            of.setdefault(reader, []).append(file)
    if not of:
        raise refuse_unread(files, label)
    if len(of) > 1:
        raise TdotError(
            f"The {label} holds {' and '.join(reader.what for reader in of)}; import them one after the other."
        )
    ((reader, found),) = of.items()
    own = _without_copies(found)
    reading = reader.read(own, others, wish)
    if n := len(found) - len(own):
        left = [file.path[:60] for file in found if file not in own]
        reading.notes.insert(
            0, f"{n:,} files lie beside their compressed copies, which were left out: {', '.join(left[:8])}."
        )
    reading.n_ignored += len(others)
    return reading


def find_images(files: Sequence[ArrayFile], wish: Wish) -> ArrayFile | None:
    """Return the first file that a reader may read images from, None where there is none; what cannot be opened is none."""
    for file in files[:_MOST]:
        reader = None
        with contextlib.suppress(TdotError):
            reader = _reader_of(file)
        if reader is None:
            continue
        try:
            if reader.may_hold_images(file, wish):
                return file
        except TdotError:  # of the format, and what is wrong with it tells nothing about what it was meant to be
            return file
    return None


def _reader_of(file: ArrayFile) -> Reader | None:
    return next((reader for reader in READERS if reader.knows(file)), None)


def _without_copies(files: Sequence[ArrayFile]) -> list[ArrayFile]:
    """Return the files without those that lie beside what they inflate to: x.gz beside x, as torchvision leaves MNIST."""
    there = {file.path for file in files}
    return [file for file in files if not (file.path.endswith(".gz") and file.path.removesuffix(".gz") in there)]
