"""Where data sets live, and writing there without leaving anything half done."""

from __future__ import annotations

import contextlib
import errno
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tdot_core.errors import TdotError
from tdot_core.services.storage.locks import take
from tdot_core.services.storage.paths import cache_root

_PREFIX = ".import-"
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def datasets_root() -> Path:
    """Return the folder of all data sets."""
    return cache_root() / "datasets"


@contextlib.contextmanager
def disk_errors() -> Iterator[None]:
    """Turn a failed write (full disk, no permission) into a TdotError that says what to do."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise TdotError(
                "No room left to write the data set: free some space, or point TDOT_CACHE to a larger disk. "
                "Nothing was imported."
            ) from error
        reason = error.strerror or str(error)
        raise TdotError(
            f"The data set cannot be written to the cache ({reason}). Point TDOT_CACHE elsewhere."
        ) from error


@contextlib.contextmanager
def exclusive(root: Path) -> Iterator[None]:
    """Hold the one lock that guards names and renames under root; waits for other processes."""
    with disk_errors():
        file = take(root / ".lock", wait=True)
    with file or contextlib.nullcontext():
        yield


@contextlib.contextmanager
def working_folder() -> Iterator[Path]:
    """Give a private folder beside the data sets; it is gone afterwards, whatever happened.

    A killed process leaves its folder behind unlocked: the next call removes it.
    """
    root = datasets_root()
    with exclusive(root), disk_errors():
        _remove_stale(root)
        folder = Path(tempfile.mkdtemp(dir=root, prefix=_PREFIX))
        owner = take(folder / "owner")
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if owner is not None:
            owner.close()


def remove_folder(folder: Path) -> None:
    """Delete a data set's folder at once for every reader: renamed out of sight first. Call it under `exclusive`."""
    with disk_errors():
        hidden = Path(tempfile.mkdtemp(dir=folder.parent, prefix=_PREFIX))
        folder.replace(hidden / "removed")
    shutil.rmtree(hidden, ignore_errors=True)


def _remove_stale(root: Path) -> None:
    for folder in root.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            if owner := take(folder / "owner"):
                shutil.rmtree(folder, ignore_errors=True)
                owner.close()
