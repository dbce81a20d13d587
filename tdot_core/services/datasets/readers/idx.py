"""The idx files of the MNIST family (LeCun 1998): grey images, 28x28 with a border of two pixels, and their labels."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tdot_core.errors import TdotError
from tdot_core.services.datasets.readers.array_file import ArrayFile
from tdot_core.services.datasets.readers.contract import BLOCK_BYTES, ImageRows, Reader, Reading, Wish, read_exactly
from tdot_core.services.datasets.readers.file_splits import role_of, split_files
from tdot_core.services.datasets.readers.fit32 import MNIST_SIDE, bordered_note, sized
from tdot_core.services.datasets.readers.image_axes import ImageAxes, image_axes
from tdot_core.services.datasets.readers.reason import reason

_TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_UNREADABLE = (OSError, EOFError, ValueError, zlib.error)
_MOST_LABELS = 100_000_000


@dataclass(frozen=True, eq=False)
class _Idx:
    """One idx file with what its header says."""

    file: ArrayFile
    dtype: np.dtype[np.generic]
    shape: tuple[int, ...]

    @property
    def start(self) -> int:
        """Return how many bytes the header has."""
        return 4 + 4 * len(self.shape)


class IdxReader(Reader):
    """Read idx files, compressed by gzip or not."""

    what = "idx files"

    def knows(self, file: ArrayFile) -> bool:
        head = file.head
        return (
            len(head) >= 8
            and head[:2] == b"\0\0"
            and head[2] in _TYPES
            and 1 <= head[3] <= 4
            and len(head) >= 4 + 4 * head[3]
        )

    def may_hold_images(self, file: ArrayFile, wish: Wish) -> bool:
        return len(_header(file).shape) >= 3

    def read(self, files: Sequence[ArrayFile], others: Sequence[ArrayFile], wish: Wish) -> Reading:
        found = [_header(file) for file in files]
        images = [one for one in found if len(one.shape) >= 3]
        if not images:
            raise TdotError(f"{files[0].name[:80]} holds no images; give the folder that holds images and labels.")
        notes: list[str] = []
        split_of = split_files([one.file.path for one in images], wish, notes, _role)
        parts = []
        for one in (one for one in images if one.file.path in split_of):
            _check(one, wish)
            labels = None if wish.one_set else _labels_of(one, found)
            if labels is None and not wish.one_set:
                notes.append(f"No labels lie beside {one.file.name[:80]}.")
            parts.append((one, split_of[one.file.path], None if labels is None else _read_labels(labels)))
        if any(_is_mnist(one) for one, _, _ in parts) and not wish.own_size:
            notes.append(bordered_note())
        if any("emnist" in one.file.path.lower() for one, _, _ in parts):
            notes.append("EMNIST's own files hold every image transposed; they are read as they are.")
        reading = Reading(sum(one.shape[0] for one, _, _ in parts), iter(()), notes=notes)
        reading.rows = _rows(parts, wish.own_size, reading)
        return reading


def _header(file: ArrayFile) -> _Idx:
    n_axes = file.head[3]
    shape = struct.unpack(f">{n_axes}I", file.head[4 : 4 + 4 * n_axes])
    return _Idx(file, np.dtype(_TYPES[file.head[2]]), shape)


def _role(path: str) -> str | None:
    return "test" if "t10k" in path.lower() else role_of(path)


def _check(one: _Idx, wish: Wish) -> None:
    name = one.file.name[:80]
    if one.dtype != np.uint8:
        raise TdotError(f"{name} holds {one.dtype}; images in idx files are unsigned bytes.")
    _axes(one)
    expected = one.start + int(np.prod(one.shape, dtype=object))
    if expected > wish.max_bytes:
        raise wish.too_large(name)
    if not one.file.is_gzip and one.file.size != expected:
        raise TdotError(f"{name} has {one.file.size:,} bytes, its header says {expected:,}. Fetch it again.")


def _axes(one: _Idx) -> ImageAxes:
    # The first axis of an idx file counts the images, however few there are.
    return image_axes(one.shape if len(one.shape) > 3 else (*one.shape, 1), one.file.name[:80])


def _is_mnist(one: _Idx) -> bool:
    return one.shape[1:] == (MNIST_SIDE, MNIST_SIDE)


def _key(path: str) -> str:
    plain = path.lower().removesuffix(".gz")
    return re.sub(r"[^a-z0-9/]", "", re.sub(r"images?|labels?|idx\d|ubyte", "", plain))


def _labels_of(images: _Idx, found: Sequence[_Idx]) -> _Idx | None:
    """Return the file of labels whose name is otherwise alike; raises TdotError when it has another length."""
    near = [one for one in found if len(one.shape) == 1 and _key(one.file.path) == _key(images.file.path)]
    if not near:
        return None
    if near[0].shape[0] != images.shape[0] or near[0].dtype.kind == "f":
        raise TdotError(
            f"{near[0].file.name[:80]} has {near[0].shape[0]:,} labels of {near[0].dtype} for {images.shape[0]:,} images."
        )
    return near[0]


def _read_labels(one: _Idx) -> NDArray[np.int64]:
    n = min(one.shape[0], _MOST_LABELS)
    try:
        with one.file.open() as file:
            data = read_exactly(file, one.start + n * one.dtype.itemsize, one.file.name)
    except _UNREADABLE as error:
        raise _damaged(one, error) from error
    return np.frombuffer(data, one.dtype, offset=one.start).astype(np.int64)


def _rows(
    parts: Sequence[tuple[_Idx, str | None, NDArray[np.int64] | None]], own_size: bool, reading: Reading
) -> Iterator[ImageRows]:
    for one, split, labels in parts:
        done = 0
        for block in _blocks(one):
            small, n_resized = sized(block, _is_mnist(one), own_size)
            reading.n_resized += n_resized
            yield ImageRows(small, split, None if labels is None else labels[done : done + len(small)])
            done += len(small)


def _blocks(one: _Idx) -> Iterator[NDArray[np.uint8]]:
    axes = _axes(one)
    each = int(np.prod(one.shape[1:]))
    step = max(1, min(512, BLOCK_BYTES // each))
    try:
        with one.file.open() as file:
            read_exactly(file, one.start, one.file.name)
            for start in range(0, one.shape[0], step):
                n = min(step, one.shape[0] - start)
                data = read_exactly(file, n * each, one.file.name)
                yield axes.to_rgb(np.frombuffer(data, np.uint8).reshape(n, *axes.shape[1:]))
            if file.read(1):
                raise EOFError("it goes on behind the last image")
    except _UNREADABLE as error:
        raise _damaged(one, error) from error


def _damaged(one: _Idx, error: BaseException) -> TdotError:
    return TdotError(f"{one.file.name[:80]} cannot be read ({reason(error)}). Fetch it again.")
