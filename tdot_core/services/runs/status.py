"""What a run is doing, as its status.json says it and as its process proves it."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import psutil

from tdot_core.errors import TdotError
from tdot_core.services.files import read_json, write_json

STATES = ("pending", "running", "stopping", "stopped", "done", "failed", "crashed")
ACTIVE = ("pending", "running", "stopping")
PENDING_GRACE = 120.0


@dataclass(frozen=True)
class RunStatus:
    """Hold one run's state: step of total, steps per second, seconds left, a sentence for people, and its process.

    state: one of STATES. heartbeat, started: Unix seconds. pid and pid_created name the process beyond reuse of pids.
    attempts counts starts and resumes.
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
    attempts: int = 0

    @property
    def active(self) -> bool:
        """Return whether a process is, or is about to be, at work."""
        return self.state in ACTIVE


def process_alive(pid: int | None, created: float | None) -> bool:
    """Return whether that very process runs: same pid, same creation time, not a zombie."""
    if pid is None:
        return False
    try:
        process = psutil.Process(pid)
        same = created is None or abs(process.create_time() - created) < 1.0
        return same and process.status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
    except psutil.Error:
        return False


def _parse(values: dict[str, Any]) -> RunStatus:
    known = {f.name for f in fields(RunStatus)}
    status = RunStatus(**{k: v for k, v in values.items() if k in known})
    if status.state not in STATES or not isinstance(status.step, int) or not isinstance(status.total, int):
        raise TdotError(f"status.json names the state {str(values.get('state'))[:40]!r}; known: {', '.join(STATES)}.")
    return status


def read_status(folder: Path) -> RunStatus:
    """Read status.json; a run whose process is gone without a word is reported as crashed, never as running."""
    try:
        status = _parse(read_json(folder / "status.json"))
    except TdotError as error:
        return RunStatus(state="failed", message=f"{error} The checkpoints are untouched: resume, or delete the run.")
    if not status.active or process_alive(status.pid, status.pid_created):
        return status
    if status.state == "pending" and status.pid is None:
        young = time.time() - status.started < PENDING_GRACE
        return (
            status
            if young
            else replace(status, state="stopped", message="It was made but never started. Resume starts it.")
        )
    message = "The process ended without a word (killed, out of memory, or the machine restarted). Resume continues."
    return replace(status, state="crashed", message=message, rate=None, eta=None)


def write_status(folder: Path, status: RunStatus) -> None:
    """Replace status.json in one step."""
    write_json(folder / "status.json", asdict(status))
