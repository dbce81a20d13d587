"""Claims on work among processes that share nothing but a folder: exclusive creation and a heartbeat, no locks.

File locks and process ids mean nothing across hosts. A claim on PATH is a chain of files PATH-0, PATH-1, ...: the last one's writer
holds it. One that was not renewed for a minute is of a writer that died, and the next number takes over from it.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tdot_core.services.runs.process import host_name, process_alive, start_ticks
from tdot_core.services.storage.files import read_json

BEAT_SECONDS, STALE_SECONDS = 5.0, 60.0


@contextmanager
def claim(path: Path) -> Iterator[bool]:
    """Hold the claim on path inside the block and give True, or False when another holds it. Raises OSError when the disk refuses."""
    path.parent.mkdir(parents=True, exist_ok=True)
    number = _take(path)
    if number is None:
        yield False
        return
    ended = threading.Event()
    beat = threading.Thread(target=_beat, args=(_link(path, number), ended), daemon=True, name="claim")
    beat.start()
    try:
        yield True
    finally:
        ended.set()
        beat.join()
        # Upwards: whoever sees the first one gone begins a chain of its own, which this leaves alone.
        for k in range(number + 1):
            _link(path, k).unlink(missing_ok=True)


def _link(path: Path, number: int) -> Path:
    return path.with_name(f"{path.name}-{number}")


def _take(path: Path) -> int | None:
    """Return the number under which the claim is ours now, or None while its last writer lives."""
    number = 0
    while not _create(_link(path, number)):
        if not _dead(_link(path, number)):
            return None
        number += 1
    if number and not _dead(_link(path, number - 1)):
        # The chain that it followed ended meanwhile, and another one has begun.
        _link(path, number).unlink(missing_ok=True)
        return None
    return number


def _create(path: Path) -> bool:
    try:
        with path.open("x", encoding="utf-8") as file:
            json.dump(
                {"host": host_name(), "space": _space(), "pid": os.getpid(), "ticks": start_ticks(os.getpid())}, file
            )
        return True
    except FileExistsError:
        return False


def _space() -> str:
    """Return which process ids a process of this machine sees: two containers of one name have ids of their own."""
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        return ""


def _dead(path: Path) -> bool:
    """Return whether a claim's writer died: by its process where that can be asked here, else by its silence."""
    try:
        silent = _now(path.parent) - path.stat().st_mtime > STALE_SECONDS
    except FileNotFoundError:
        return False
    return silent or _process_gone(path)


def _process_gone(path: Path) -> bool:
    with contextlib.suppress(Exception):
        facts = read_json(path)
        here = facts["host"] == host_name() and facts["space"] == _space() != ""
        same_boot = facts["ticks"].split()[:1] == start_ticks(os.getpid()).split()[:1] != []
        return here and same_boot and not process_alive(facts["pid"], None, facts["ticks"])
    return False


def _now(folder: Path) -> float:
    """Return the time by the clock that stamps the folder's files, which may not be this machine's."""
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".now-") as file:
        return os.fstat(file.fileno()).st_mtime


def _beat(path: Path, ended: threading.Event) -> None:
    while not ended.wait(BEAT_SECONDS):
        with contextlib.suppress(OSError):
            os.utime(path)
