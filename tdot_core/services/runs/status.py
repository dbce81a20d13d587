"""What a run is doing, as its status.json says it and as its process proves it."""

from __future__ import annotations

import math
import time
import typing
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from tdot_core.errors import TdotError
from tdot_core.services.runs.process import host_name, process_alive, process_paused
from tdot_core.services.storage.files import read_json, write_json

STATES = ("pending", "running", "stopping", "stopped", "done", "failed", "crashed")
ACTIVE = ("pending", "running", "stopping")
PENDING_GRACE = 120.0
RESERVE = ".reserve"
"""A file put by for the last word on a full disk."""
SILENT_SECONDS = 180.0
CRASHED = (
    "The process ended without a word: killed, out of memory, disk full, or the machine restarted. "
    "What it had saved is kept; Resume continues from there."
)


@dataclass(frozen=True)
class RunStatus:
    """Hold one run's state: step of total, steps per second, seconds left, a sentence for people, and its process.

    state: one of STATES. heartbeat, started: Unix seconds. host, pid, pid_created and pid_ticks name the process beyond reuse
    of numbers. attempts counts starts and resumes; place: its place in line while it waits for its device, 0 otherwise.
    """

    state: str = "pending"
    step: int = 0
    total: int = 0
    rate: float | None = None
    eta: float | None = None
    phase: str = ""
    message: str = ""
    heartbeat: float = 0.0
    started: float = 0.0
    pid: int | None = None
    pid_created: float | None = None
    pid_ticks: str = ""
    host: str = ""
    attempts: int = 0
    place: int = 0

    @property
    def active(self) -> bool:
        """Return whether a process is, or is about to be, at work."""
        return self.state in ACTIVE


def worker_alive(status: RunStatus) -> bool:
    """Return whether the process of a run lives: on this machine by asking the system, elsewhere by its heartbeat."""
    if status.host and status.host != host_name():
        return abs(time.time() - status.heartbeat) < SILENT_SECONDS
    return process_alive(status.pid, status.pid_created, status.pid_ticks)


def _parse(values: dict[str, Any]) -> RunStatus:
    kinds = typing.get_type_hints(RunStatus)
    known = {f.name: kinds[f.name] for f in fields(RunStatus)}
    status = RunStatus(**{k: v for k, v in values.items() if k in known})
    for name, kind in known.items():
        value = getattr(status, name)
        number = kind is float or kind == float | None
        if isinstance(value, bool) or not isinstance(value, int | kind if number else kind):
            raise TdotError(f"status.json gives {name} as {str(value)[:40]!r}, which it cannot be.")
        if isinstance(value, float | int) and not math.isfinite(value):
            raise TdotError(f"status.json gives {name} as {value}, which is no number.")
    if status.state not in STATES:
        raise TdotError(f"status.json names the state {status.state[:40]!r}; known: {', '.join(STATES)}.")
    return status


def read_status(folder: Path) -> RunStatus:
    """Read status.json; a run whose process is gone without a word is reported as crashed, never as running."""
    try:
        status = _parse(read_json(folder / "status.json"))
    except TdotError as error:
        return RunStatus(state="failed", message=f"{error} The checkpoints are untouched: resume, or delete the run.")
    if not status.active:
        return status
    if worker_alive(status):
        return replace(status, message=_silence(status) or status.message)
    if status.state == "pending" and status.pid is None:
        young = abs(time.time() - status.started) < PENDING_GRACE
        never = "It was made but never started. Resume starts it."
        return status if young else replace(status, state="stopped", message=never)
    return replace(status, state="crashed", message=CRASHED, rate=None, eta=None, place=0)


def _silence(status: RunStatus) -> str:
    """Return a sentence when a living process has not been heard of for long; the clock may have been set, so it decides nothing."""
    silent = time.time() - status.heartbeat
    if status.heartbeat <= 0 or silent < SILENT_SECONDS:
        return ""
    why = "it is held still by the system" if status.pid and process_paused(status.pid) else "a step may take this long"
    return f"Not heard of for {silent / 60:.0f} min: {why}. Stop ends it, and it can be resumed."


def write_status(folder: Path, status: RunStatus) -> None:
    """Replace status.json in one step."""
    write_json(folder / "status.json", asdict(status))
