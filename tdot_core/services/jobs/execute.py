"""Doing a run's work in this process, with its status kept on disk."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from types import FrameType

import psutil

from tdot_core.errors import TdotError
from tdot_core.progress import Progress
from tdot_core.services.jobs.session import Session, open_session
from tdot_core.services.runs.status import RunStatus, read_status, write_status
from tdot_core.services.runs.store import Run

STATUS_SECONDS = 1.0


class _StopRequest:
    """Notice a wish to stop: the STOP file, SIGTERM, or SIGINT."""

    def __init__(self, run: Run) -> None:
        self.file, self.signalled = run.path / "STOP", False
        self._before = {number: signal.signal(number, self._on_signal) for number in (signal.SIGTERM, signal.SIGINT)}

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.signalled = True

    def made(self) -> bool:
        return self.signalled or self.file.exists()

    def close(self) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self.file.unlink(missing_ok=True)


class _Reporter:
    """Write status.json at most once a second, with the rate over the last minute."""

    def __init__(self, run: Run, attempts: int) -> None:
        self.run, now = run, time.time()
        process = psutil.Process()
        self.status = RunStatus(
            state="running",
            started=now,
            heartbeat=now,
            pid=process.pid,
            pid_created=process.create_time(),
            attempts=attempts,
        )
        self._written, self._window = 0.0, (time.monotonic(), -1)
        self.write()

    def write(self, **changes: object) -> None:
        self.status = replace(self.status, heartbeat=time.time(), **changes)  # type: ignore[arg-type]
        write_status(self.run.path, self.status)
        self._written = time.monotonic()

    def progress(self, progress: Progress) -> None:
        now = time.monotonic()
        since, first = self._window
        if first < 0 or progress.step < first or progress.phase != self.status.phase:
            self._window = since, first = now, progress.step
        rate = (progress.step - first) / (now - since) if now > since and progress.step > first else None
        if now - since > 60:
            self._window = (now, progress.step)
        eta = (progress.total - progress.step) / rate if rate else None
        fields = {"step": progress.step, "total": progress.total, "phase": progress.phase}
        self.status = replace(self.status, **fields)  # type: ignore[arg-type]
        if now - self._written >= STATUS_SECONDS:
            self.write(rate=rate or self.status.rate, eta=eta)


def execute(run: Run, show: Callable[[Progress], None] | None = None) -> RunStatus:
    """Do the work of a run to its end, or until asked to stop, and return the final status.

    Ends as done, stopped (checkpointed, resumable) or failed (the message says what to do). Exceptions that are not a
    TdotError are recorded as failed and raised again: they are ours.
    """
    stop, reporter = _StopRequest(run), _Reporter(run, read_status(run.path).attempts + 1)
    session: Session | None = None
    try:
        session = open_session(run)
        step = 0
        for progress in session:
            step = progress.step
            reporter.progress(progress)
            if show is not None:
                show(progress)
            if stop.made():
                reporter.write(state="stopping")
                session.save(step)
                finished = step == progress.total
                reporter.write(
                    state="done" if finished else "stopped", message=_ending(session, step), rate=None, eta=None
                )
                break
        else:
            reporter.write(state="done", message=_ending(session, step), rate=None, eta=None)
    except TdotError as error:
        reporter.write(state="failed", message=str(error), rate=None, eta=None)
    except OSError as error:
        text = f"The disk or system refused: {error.strerror or error}. Earlier checkpoints are kept; free space and resume."
        reporter.write(state="failed", message=text, rate=None, eta=None)
    except BaseException as error:
        reporter.write(
            state="failed", message=f"{type(error).__name__}: {str(error)[:300]} (see worker.log)", rate=None, eta=None
        )
        raise
    finally:
        stop.close()
    return reporter.status


def _ending(session: Session, step: int) -> str:
    return " ".join([f"Saved at step {step}." if step else "Nothing was left to do.", *session.notes])


def calm_process() -> None:
    """Make this process a polite neighbour: niced, and on up to 4 processors one torch thread fewer than there are.

    Call before torch computes; OMP_WAIT_POLICY must be set before torch is imported, see `worker_environment`.
    """
    import torch

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    threads = max(1, cores - 1 if cores <= 4 else cores)
    torch.set_num_threads(threads)
    os.environ.setdefault("TDOT_THREADS", str(threads))
    os.nice(10)


def worker_environment() -> dict[str, str]:
    """Return the environment for a worker: passive OpenMP waiting, so that it never spins on a core a screen wants."""
    return {**os.environ, "OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "0", "KMP_BLOCKTIME": "0"}
