"""What nodes of sweeps have done, kept under their keys in the cache, and who is at work on one. Shared by all sweeps."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from tdot_core.errors import TdotError
from tdot_core.services.storage.files import read_json, write_json
from tdot_core.services.storage.paths import cache_root
from tdot_core.services.sweep.claims import claim


def nodes_folder() -> Path:
    """Return where the records lie."""
    return cache_root() / "nodes"


def record_of(key: str) -> dict[str, Any] | None:
    """Return what a finished node recorded, or None when it is not finished or its record is damaged."""
    try:
        return read_json(nodes_folder() / f"{key}.json")
    except TdotError:
        return None


def keep_record(key: str, record: dict[str, Any]) -> None:
    """Record that a node is finished, and take back an earlier failure; raises OSError when the disk refuses."""
    write_json(nodes_folder() / f"{key}.json", record)
    (nodes_folder() / f"{key}.failed").unlink(missing_ok=True)


def finished(keys: Iterable[str]) -> set[str]:
    """Return those of the keys that have a record, from one listing of the folder."""
    folder = nodes_folder()
    there = {path.stem for path in folder.glob("*.json")} if folder.is_dir() else set()
    return there & set(keys)


def readable(keys: Iterable[str]) -> set[str]:
    """Return those of the keys whose record can be read: a damaged one is of a node to do again."""
    return {key for key in finished(keys) if record_of(key) is not None}


def keep_failure(key: str, sentence: str) -> None:
    """Note why a node failed; raises OSError when the disk refuses."""
    write_json(nodes_folder() / f"{key}.failed", {"why": sentence, "time": time.time()})


def failure_of(key: str) -> str | None:
    """Return why a node failed when it last was tried, or None."""
    try:
        return str(read_json(nodes_folder() / f"{key}.failed").get("why", "unknown"))
    except TdotError:
        return None


def node_claim(key: str) -> AbstractContextManager[bool]:
    """Return a claim on a node, to be held in a `with` block, which gives False when another worker is at it."""
    return claim(nodes_folder() / f"{key}.claim")
