"""Operating-system locks on files: the kernel releases them whatever happens to their holder."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


def take(path: Path, *, wait: bool = False) -> BinaryIO | None:
    """Open and lock a file, and return it open: closing it releases the lock. None when another holds it and wait is False.

    Raises OSError when the file cannot be opened.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
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
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
