"""The files that downloads are collected in across attempts, each for one downloader at a time."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO

from tdot_core.errors import TdotError
from tdot_core.services.storage.locks import lock
from tdot_core.services.storage.paths import cache_root


def part_path(digest: str) -> Path:
    """Return where the file with this checksum is collected."""
    return cache_root() / "downloads" / f"{digest}.part"


def claim(part: Path) -> IO[bytes] | None:
    """Take a part for one downloader alone until the file is closed; None while another process or thread has it.

    Raises TdotError when the cache cannot be written.
    """
    try:
        part.parent.mkdir(parents=True, exist_ok=True)
        file = part.open("ab")
    except OSError as error:
        raise TdotError(
            f"The cache cannot be written ({error.strerror or error}): free some space, or point TDOT_CACHE elsewhere."
        ) from error
    try:
        mine = lock(file)
    except OSError:
        mine = True  # a disk without locks
    if not mine or not _lies_at(file, part):
        file.close()
        return None
    return file


def _lies_at(file: IO[bytes], part: Path) -> bool:
    # Another downloader may have finished, and removed it, between opening and locking.
    try:
        return os.path.samestat(os.fstat(file.fileno()), part.stat())
    except FileNotFoundError:
        return False
