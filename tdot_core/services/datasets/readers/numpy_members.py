"""The arrays in .npy files and .npz archives, by name, read in pieces."""

from __future__ import annotations

import contextlib
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from tdot_core.errors import TdotError
from tdot_core.services.datasets.readers.array_file import ArrayFile
from tdot_core.services.datasets.readers.contract import BLOCK_BYTES, Wish, read_exactly
from tdot_core.services.datasets.readers.numpy_header import MAGIC, NumpyHeader, read_header
from tdot_core.services.datasets.readers.reason import reason

ZIP = b"PK\x03\x04"
_UNREADABLE = (OSError, EOFError, ValueError, NotImplementedError, RuntimeError, zipfile.BadZipFile, zlib.error)
_MOST = 10_000


@dataclass(frozen=True, eq=False)
class NumpyMember:
    """One array: its name for messages and splits, where it lies (member: inside an archive) and its header."""

    name: str
    file: ArrayFile
    member: str | None
    header: NumpyHeader

    def blocks(self) -> Iterator[NDArray[Any]]:
        """Give the array in pieces along its first axis, each at most 512 rows and about 16 MiB."""
        shape, dtype = self.header.shape, self.header.dtype
        each = max(1, int(np.prod(shape[1:])) * dtype.itemsize)
        step = max(1, min(512, BLOCK_BYTES // each))
        try:
            with _opened(self.file, self.member) as file:
                read_exactly(file, self.header.start, self.name)
                for start in range(0, shape[0], step):
                    n = min(step, shape[0] - start)
                    data = read_exactly(file, n * each, self.name)
                    yield np.frombuffer(data, dtype).reshape(n, *shape[1:])
        except _UNREADABLE as error:
            raise TdotError(f"{self.name} cannot be read ({reason(error)}).") from error


def read_whole(array: NumpyMember) -> NDArray[Any]:
    """Return a small array at once, also one number (), which has no first axis."""
    if array.header.shape:
        return np.concatenate(list(array.blocks()))
    with _opened(array.file, array.member) as file:
        read_exactly(file, array.header.start, array.name)
        return np.frombuffer(read_exactly(file, array.header.dtype.itemsize, array.name), array.header.dtype)


def is_numpy(file: ArrayFile) -> bool:
    """Tell whether a file is a .npy, or a zip of nothing but such."""
    if file.head.startswith(MAGIC):
        return True
    if not file.head.startswith(ZIP):
        return False
    with file.open() as opened, contextlib.suppress(*_UNREADABLE), zipfile.ZipFile(opened) as archive:
        names = archive.namelist()
        return 0 < len(names) <= _MOST and all(name.endswith(".npy") for name in names)
    return False


def list_arrays(files: Sequence[ArrayFile], wish: Wish) -> list[NumpyMember]:
    """Return every array of the files by name: the key, behind the file's path when there are several files.

    Raises TdotError for an archive that is encrypted, unusually compressed or inflates to more than wish.max_bytes.
    """
    found: list[NumpyMember] = []
    for file in files:
        try:
            found += _members(file, wish, f"{file.path}/" if len(files) > 1 else "")
        except _UNREADABLE as error:
            raise TdotError(f"{file.path[:80]} cannot be read ({reason(error)}).") from error
    return found


def _members(file: ArrayFile, wish: Wish, before: str) -> Iterator[NumpyMember]:
    if file.head.startswith(MAGIC):
        name = file.path.removesuffix(".npy")
        with file.open() as opened:
            size = wish.max_bytes if file.is_gzip else file.size
            yield NumpyMember(name, file, None, read_header(opened, size, name))
        return
    with file.open() as raw, zipfile.ZipFile(raw) as archive:
        members = archive.infolist()
        if sum(member.file_size for member in members) > wish.max_bytes:
            raise wish.too_large(file.path[:80])
        for member in members:
            if member.flag_bits & 0x1 or member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise TdotError(f"{file.path[:80]} is encrypted or unusually compressed; write it with numpy.savez.")
            name = before + member.filename.removesuffix(".npy")
            with archive.open(member) as inner:
                yield NumpyMember(
                    name, file, member.filename, read_header(cast(BinaryIO, inner), member.file_size, name)
                )


@contextlib.contextmanager
def _opened(file: ArrayFile, member: str | None) -> Iterator[BinaryIO]:
    with file.open() as raw:
        if member is None:
            yield raw
            return
        with zipfile.ZipFile(raw) as archive, archive.open(member) as opened:
            yield cast(BinaryIO, opened)
