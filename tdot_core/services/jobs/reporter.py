"""Keeping status.json true while a job works, also on a full disk."""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import replace

from tdot_core.progress import Progress
from tdot_core.services.runs.attempts import note_end, note_start
from tdot_core.services.runs.process import create_time, host_name, start_ticks
from tdot_core.services.runs.status import RESERVE, RunStatus, write_status
from tdot_core.services.runs.store import Run

STATUS_SECONDS = 1.0
WINDOW_SECONDS = 60.0
RESERVE_BYTES = 64 * 1024


class Reporter:
    """Write status.json at most once a second, with the rate over the last minute.

    A file of 64 KiB is put by at the start and given up for the last word, so that a full disk cannot silence it.
    """

    def __init__(self, run: Run, earlier: RunStatus) -> None:
        self.run, now, pid = run, time.time(), os.getpid()
        self.status = RunStatus(
            state="running",
            step=earlier.step,
            total=earlier.total,
            started=now,
            heartbeat=now,
            pid=pid,
            pid_created=create_time(pid),
            pid_ticks=start_ticks(pid),
            host=host_name(),
            attempts=earlier.attempts + 1,
        )
        self._written, self._window = 0.0, (time.monotonic(), -1)

    def begin(self) -> None:
        """Say that the work begins. Raises OSError when the disk is full already."""
        self.write()
        note_start(self.run.path, self.status)
        (self.run.path / RESERVE).write_bytes(b"\0" * RESERVE_BYTES)

    def write(self, **changes: object) -> None:
        """Change some fields and write all of them now, with the time as the heartbeat. Raises OSError."""
        self.status = replace(self.status, heartbeat=time.time(), **changes)  # type: ignore[arg-type]
        write_status(self.run.path, self.status)
        self._written = time.monotonic()

    def progress(self, progress: Progress) -> None:
        """Take over what was done; written when the last time was a second ago. Raises OSError."""
        now = time.monotonic()
        since, first = self._window
        if first < 0 or progress.step < first or progress.phase != self.status.phase:
            self._window = since, first = now, progress.step
        rate = (progress.step - first) / (now - since) if now > since and progress.step > first else None
        if now - since > WINDOW_SECONDS:
            self._window = (now, progress.step)
        eta = (progress.total - progress.step) / rate if rate else None
        fields = {"step": progress.step, "total": progress.total, "phase": progress.phase}
        self.status = replace(self.status, **fields)  # type: ignore[arg-type]
        if now - self._written >= STATUS_SECONDS:
            self.write(rate=rate or self.status.rate, eta=eta)

    def end(self, state: str, message: str) -> None:
        """Say how it ended; never raises. On a disk that takes nothing at all the run will read as crashed."""
        with contextlib.suppress(OSError):
            (self.run.path / RESERVE).unlink(missing_ok=True)
        changes = {"state": state, "message": message, "rate": None, "eta": None, "place": 0}
        try:
            self.write(**changes)
        except OSError:
            self.status = replace(self.status, **changes)  # type: ignore[arg-type]
        note_end(self.run.path, self.status)
