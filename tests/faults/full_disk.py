"""A disk that is full from one write on, for the files under one folder: every call that would store something fails.

Python's own file calls are wrapped, so that anyone can run it: no root, no mount. Deleting a file frees its bytes, as it
does on a disk; a write takes what it stores.
"""

from __future__ import annotations

import builtins
import errno
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class FullDisk:
    """Count the writes under root; from number `at` on (0 is the first) the disk has no byte left. at None only counts.

    once: only that one write fails, as when somebody frees space in time.
    """

    def __init__(self, root: Path, at: int | None, once: bool = False) -> None:
        self.root, self.at, self.once = str(root), at, once
        self.writes, self.free = 0, 0
        self.failed = False

    def covers(self, path: Any) -> bool:
        """Return whether a path lies on this disk."""
        try:
            return os.path.abspath(os.fsdecode(path)).startswith(self.root)
        except TypeError:
            return False

    def store(self, n: int) -> None:
        """Take n bytes, or raise ENOSPC."""
        number, self.writes = self.writes, self.writes + 1
        if self.at is None or number < self.at or (self.once and number > self.at):
            return
        if n <= self.free:
            self.free -= n
            return
        self.failed = True
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def freed(self, n: int) -> None:
        """Give n bytes back."""
        self.free += n if self.failed else 0


class _File:
    """A file open for writing: what is written is stored at once."""

    def __init__(self, file: Any, disk: FullDisk) -> None:
        self._file, self._disk = file, disk

    def write(self, data: Any) -> Any:
        self._disk.store(len(data) if isinstance(data, str | bytes) else memoryview(data).nbytes)
        return self._file.write(data)

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        self._disk.store(0) if self._disk.at is None else None
        self._file.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __enter__(self) -> _File:
        self._file.__enter__()
        return self

    def __exit__(self, *error: Any) -> Any:
        return self._file.__exit__(*error)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._file)


@contextmanager
def full_disk(root: Path, at: int | None, *, once: bool = False) -> Iterator[FullDisk]:
    """Let the disk under root run full at a write inside the block; gives the disk, whose `writes` counts."""
    disk = FullDisk(root, at, once)
    real = {
        "open": builtins.open,
        "os.open": os.open,
        "mkdir": os.mkdir,
        "unlink": os.unlink,
        "fsync": os.fsync,
        "os.write": os.write,
    }

    def opened(file: Any, mode: str = "r", *args: Any, **options: Any) -> Any:
        writing = set(mode) & set("wax+")
        if not writing or isinstance(file, int) or not disk.covers(file):
            return real["open"](file, mode, *args, **options)
        if not os.path.exists(file):
            disk.store(1)  # a new entry in its folder
        return _File(real["open"](file, mode, *args, **options), disk)

    def os_opened(path: Any, flags: int, *args: Any, **options: Any) -> int:
        if flags & os.O_CREAT and disk.covers(path) and not os.path.exists(path):
            disk.store(1)
        return real["os.open"](path, flags, *args, **options)

    def made(path: Any, *args: Any, **options: Any) -> None:
        if disk.covers(path) and not os.path.exists(path):
            disk.store(1)
        real["mkdir"](path, *args, **options)

    def removed(path: Any, *args: Any, **options: Any) -> None:
        size = os.path.getsize(path) if disk.covers(path) and os.path.exists(path) else 0
        real["unlink"](path, *args, **options)
        disk.freed(size)

    patched = {
        (builtins, "open"): opened,
        (io, "open"): opened,
        (os, "open"): os_opened,
        (os, "mkdir"): made,
        (os, "unlink"): removed,
    }
    before = {place: getattr(*place) for place in patched}
    for (module, name), function in patched.items():
        setattr(module, name, function)
    try:
        yield disk
    finally:
        for (module, name), function in before.items():
            setattr(module, name, function)
