"""What the cache takes, and keeping what can be made again within a limit.

Only images and features that an evaluation can draw again are ever thrown away, the least recently used first. Runs, data
sets and downloaded weights are never touched.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tdot_core.errors import TdotError
from tdot_core.services.storage.locks import held
from tdot_core.services.storage.paths import cache_root

DEFAULT_LIMIT = "10GB"
FRESH_SECONDS = 600.0
UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
AGAIN = ("samples", "features")


@dataclass(frozen=True)
class Entry:
    """Name something that can be made again: its files, their bytes, and when it was last used (Unix seconds)."""

    paths: tuple[Path, ...]
    bytes: int
    used: float


def parse_limit(text: str) -> int | None:
    """Return bytes from text such as 500MB, 10 GB or 2e9; None for `none`. Raises TdotError for anything else."""
    if text.strip().lower() == "none":
        return None
    match = re.fullmatch(r"\s*(\d{1,15}(?:\.\d{1,9})?)\s*([kmgt]?)b?\s*", text.lower())
    if match is None:
        raise TdotError(f"A cache limit is a size such as 500MB or 10GB, or none; found {text[:40]!r}.")
    return int(float(match[1]) * UNITS[match[2]])


def cache_limit() -> int | None:
    """Return the limit in bytes: TDOT_LIMIT, else 10 GB; None for no limit. Raises TdotError for what is no size."""
    return parse_limit(os.environ.get("TDOT_LIMIT") or DEFAULT_LIMIT)


def free_bytes() -> int:
    """Return the free space on the cache's disk, also before the cache is made."""
    place = cache_root()
    while not place.exists() and place != place.parent:
        place = place.parent
    return shutil.disk_usage(place).free


def sizes() -> dict[str, int]:
    """Return the bytes of every part of the cache by name, the largest first."""
    root = cache_root()
    parts = [path for path in sorted(root.iterdir()) if path.is_dir()] if root.is_dir() else []
    found = {path.name: sum(size for _, size, _ in _files([path])) for path in parts}
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def entries() -> list[Entry]:
    """Return what can be made again, the least recently used first: an image set, or the features of one set of images."""
    groups: dict[Path, list[Path]] = {}
    samples, features = (cache_root() / name for name in AGAIN)
    for path in samples.iterdir() if samples.is_dir() else ():
        if path.is_file():
            groups.setdefault(samples / path.name.split(".")[0], []).append(path)
    for path in features.iterdir() if features.is_dir() else ():
        groups[path] = [path]
    found = []
    for paths in groups.values():
        files = _files(paths)
        found.append(Entry(tuple(paths), sum(f[1] for f in files), max((f[2] for f in files), default=0.0)))
    return sorted(found, key=lambda entry: entry.used)


def trim(limit: int | None) -> int:
    """Throw away what was not used for longest until what can be made again takes at most limit bytes; returns the bytes freed.

    What was used in the last ten minutes, or is being drawn, stays.
    """
    if limit is None:
        return 0
    known = entries()
    total, freed = sum(entry.bytes for entry in known), 0
    for entry in known:
        if total - freed <= limit:
            break
        if time.time() - entry.used < FRESH_SECONDS or any(p.suffix == ".lock" and held(p) for p in entry.paths):
            continue
        for path in entry.paths:
            _remove(path)
        freed += entry.bytes
    return freed


def note_use(path: Path) -> None:
    """Note that a file was used now; a cache that cannot be written keeps no such notes."""
    with contextlib.suppress(OSError):
        os.utime(path)


def _files(paths: Iterable[Path]) -> list[tuple[Path, int, float]]:
    found = []
    for path in paths:
        for file in path.rglob("*") if path.is_dir() else [path]:
            with contextlib.suppress(OSError):
                facts = file.lstat()
                if file.is_file() and not file.is_symlink():
                    found.append((file, facts.st_size, facts.st_mtime))
    return found


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
