"""One file that is no image, wherever it lies."""

from __future__ import annotations

import contextlib
import gzip
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import BinaryIO, cast

HEAD = 1024
GZIP = b"\x1f\x8b"


@dataclass(frozen=True, eq=False)
class ArrayFile:
    """Name a file of the source by its posix path, with its size in bytes and how to open it (seekable)."""

    path: str
    size: int
    opener: Callable[[], BinaryIO]

    @property
    def name(self) -> str:
        """Return the last part of the path."""
        return self.path.rpartition("/")[2]

    @cached_property
    def is_gzip(self) -> bool:
        """Tell whether the file is compressed by gzip."""
        return self._raw_head.startswith(GZIP)

    @cached_property
    def head(self) -> bytes:
        """Return the first 1,024 bytes, of the content when it is compressed by gzip; fewer when it is damaged."""
        if not self.is_gzip:
            return self._raw_head
        with self.open() as file, contextlib.suppress(OSError, EOFError, zlib.error):
            return file.read(HEAD)
        return b""

    @cached_property
    def _raw_head(self) -> bytes:
        with contextlib.closing(self.opener()) as file:
            return file.read(HEAD)

    @contextlib.contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Open the content for reading; what is compressed by gzip is inflated on the way."""
        with contextlib.closing(self.opener()) as raw:
            yield cast(BinaryIO, gzip.GzipFile(fileobj=raw)) if self.is_gzip else raw
