"""Operating-system locks on files: the kernel releases them whatever happens to their holder."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, BinaryIO


def lock(file: IO[Any], *, wait: bool = False, shared: bool = False) -> bool:
    """Lock an open file until it is closed; False when another holds it and wait is False.

    Raises OSError where the disk knows no locks.
    """
    try:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    return True


def take(path: Path, *, wait: bool = False) -> BinaryIO | None:
    """Open and lock a file, and return it open: closing it releases the lock. None when another holds it and wait is False.

    A disk without locks counts as held. Raises OSError when the file cannot be opened.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("ab")
    try:
        mine = lock(file, wait=wait)
    except OSError:
        mine = False
    if not mine:
        file.close()
        return None
    return file


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock on a file inside the block, waiting for whoever has it; raises OSError when it cannot be opened."""
    file = take(path, wait=True)
    try:
        yield
    finally:
        if file is not None:
            file.close()


def held(path: Path) -> bool:
    """Return whether some process or thread holds the lock on a file now."""
    try:
        with path.open("rb") as file:
            return not lock(file, shared=True)
    except OSError:
        return False
