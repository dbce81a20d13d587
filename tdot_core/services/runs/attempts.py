"""Every start of a run, kept: when, by which process, and why it ended."""

from __future__ import annotations

import contextlib
import json
import time
from pathlib import Path
from typing import Any

from tdot_core.services.runs.status import CRASHED, RunStatus
from tdot_core.services.storage.files import append_line

FILE = "attempts.jsonl"


def note_start(folder: Path, status: RunStatus) -> None:
    """Record that a process begins; an earlier attempt without an end is first closed as crashed. Raises OSError."""
    close_open(folder, CRASHED)
    facts = {name: getattr(status, name) for name in ("pid", "pid_created", "pid_ticks", "host")}
    _append(folder, {"attempt": status.attempts, "event": "start", **facts})


def note_end(folder: Path, status: RunStatus) -> None:
    """Record how an attempt ended; a disk that is full leaves it open, which reads as crashed."""
    with contextlib.suppress(OSError):
        ending = {"state": status.state, "step": status.step, "why": status.message}
        _append(folder, {"attempt": status.attempts, "event": "end", **ending})


def close_open(folder: Path, why: str) -> bool:
    """Record that the last attempt crashed, when it has no end yet; returns whether it had none. Raises OSError."""
    last = next(reversed(attempts(folder)), None)
    if last is None or "state" in last:
        return False
    _append(folder, {"attempt": last["attempt"], "event": "end", "state": "crashed", "why": why})
    return True


def attempts(folder: Path) -> list[dict[str, Any]]:
    """Return one record per start, oldest first: attempt, pid, pid_created, host, started, and once over: ended, state, step, why."""
    found: dict[int, dict[str, Any]] = {}
    for event in _events(folder / FILE):
        record = found.setdefault(event["attempt"], {"attempt": event["attempt"]})
        stamp = "started" if event["event"] == "start" else "ended"
        record |= {stamp: event.get("time")} | {k: v for k, v in event.items() if k not in ("event", "time")}
    return [found[number] for number in sorted(found)]


def _append(folder: Path, event: dict[str, Any]) -> None:
    append_line(folder / FILE, json.dumps({**event, "time": round(time.time(), 3)}))


def _events(path: Path) -> list[dict[str, Any]]:
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    events = []
    for line in lines:
        with contextlib.suppress(ValueError, RecursionError):
            event = json.loads(line)
            if (
                isinstance(event, dict)
                and isinstance(event.get("attempt"), int)
                and event.get("event") in ("start", "end")
            ):
                events.append(event)
    return events
