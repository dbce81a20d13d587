"""How far a sweep is, and how it is told to stop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tdot_core.services.storage.paths import cache_root
from tdot_core.services.sweep.estimate import expected_seconds
from tdot_core.services.sweep.graph import KINDS, Node
from tdot_core.services.sweep.nodes import failure_of, finished, record_of


def stop_path(name: str) -> Path:
    """Return the file whose presence stops every process that runs this sweep."""
    return cache_root() / "sweeps" / f"{name}.stop"


def state_of(nodes: Mapping[str, Node]) -> dict[str, Any]:
    """Return how far a sweep is: by kind the nodes in all, done and failed, the seconds they took and, where that can be said, those
    left, and why nodes failed.

    seconds_left: by the shipped rates, times how much slower or faster the nodes done so far were.
    """
    kinds: dict[str, dict[str, Any]] = {kind: {"all": 0, "done": 0, "failed": 0, "seconds": 0.0} for kind in KINDS}
    expected: dict[str, list[tuple[bool, float | None]]] = {kind: [] for kind in KINDS}
    reasons: dict[str, str] = {}
    done = finished(nodes)
    for key, node in nodes.items():
        kinds[node.kind]["all"] += 1
        expected[node.kind].append((key in done, expected_seconds(node)))
        if key in done:
            kinds[node.kind]["done"] += 1
            kinds[node.kind]["seconds"] += float((record_of(key) or {}).get("seconds", 0.0))
        elif (why := failure_of(key)) is not None:
            kinds[node.kind]["failed"] += 1
            reasons[node.title] = why
    for kind, facts in kinds.items():
        facts["seconds_left"] = _left(facts, expected[kind])
    return {"kinds": kinds, "failures": reasons, "done": len(done) == len(nodes)}


def _left(facts: Mapping[str, Any], expected: Sequence[tuple[bool, float | None]]) -> float | None:
    """Return the seconds that a kind's nodes still take. expected: of each whether it is done, and what it was expected to take."""
    if all(ended for ended, _ in expected):
        return 0.0
    if any(seconds is None for _, seconds in expected):
        return facts["seconds"] / facts["done"] * (facts["all"] - facts["done"]) if facts["done"] else None
    spent = sum(seconds or 0.0 for ended, seconds in expected if ended)
    pace = facts["seconds"] / spent if spent and facts["seconds"] else 1.0
    return pace * sum(seconds or 0.0 for ended, seconds in expected if not ended)
