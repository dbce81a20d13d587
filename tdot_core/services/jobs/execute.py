"""Doing a run's work in this process, with its status kept on disk."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path

from tdot_core.errors import TdotError
from tdot_core.processors import worker_processors
from tdot_core.progress import Progress
from tdot_core.services.jobs.group import GO, STOP, of_several
from tdot_core.services.jobs.reporter import Reporter
from tdot_core.services.jobs.session import Session, open_session
from tdot_core.services.jobs.slots import Ticket
from tdot_core.services.jobs.stopping import StopRequest
from tdot_core.services.runs.status import RunStatus, read_status
from tdot_core.services.runs.store import Run
from tdot_core.services.storage.cache import cache_limit, trim

QUEUE_SECONDS = 0.5
Show = Callable[[Progress], None]


def execute(run: Run, show: Show | None = None, *, queue: bool = True) -> RunStatus:
    """Wait for the run's device, do its work to the end or until asked to stop, and return the final status.

    queue: stand in this machine's line for the device; False where somebody else shares the devices out.

    Ends as done, stopped (checkpointed, resumable) or failed (the message says what to do). Exceptions that are not a
    TdotError are recorded as failed and raised again: they are ours.
    """
    stop, reporter = StopRequest(run), Reporter(run, read_status(run.path))
    ticket: Ticket | None = None
    try:
        reporter.begin()
        ticket = Ticket(device_of(run), run.id) if queue else None
        if _agreed(_wait(ticket, run, reporter, stop, show)):
            reporter.end(*_work(open_session(run), reporter, stop, show))
        else:
            reporter.end("stopped", "Stopped while it waited in line. Resume puts it in line again.")
    except TdotError as error:
        reporter.end("failed", str(error))
    except OSError as error:
        text = f"The disk or system refused: {error.strerror or error}. Earlier checkpoints are kept; free space and resume."
        reporter.end("failed", text)
    except BaseException as error:
        reporter.end("failed", f"{type(error).__name__}: {str(error)[:300]} (see worker.log)")
        raise
    finally:
        if ticket is not None:
            ticket.close()
        stop.close()
        _keep_cache_small()
    return reporter.status


def device_of(run: Run) -> str:
    """Return the kind of device that a run works on: "cpu", "cuda" or "mps". Raises TdotError when it is not there."""
    from tdot_core.services.compute.device import find_device

    wanted = run.spec.get("device") or run.config.get("device") or "auto"
    return find_device(str(wanted)).type


def _wait(ticket: Ticket | None, run: Run, reporter: Reporter, stop: StopRequest, show: Show | None) -> bool:
    """Stand in line; returns False when asked to stop meanwhile."""
    begun, shown = time.monotonic(), -1
    while place := ticket.place() if ticket is not None else 0:
        if stop.made():
            return False
        if place != shown or time.monotonic() - begun > 5:
            begun, shown = time.monotonic(), place
            reporter.write(
                state="pending", place=place, message=f"Waiting for another job to end: place {place} in line."
            )
            if show is not None:
                show(Progress(0, 1, phase=f"waiting, place {place} in line"))
        time.sleep(QUEUE_SECONDS)
    reporter.write(state="running", place=0, message="")
    return True


def _work(session: Session, reporter: Reporter, stop: StopRequest, show: Show | None) -> tuple[str, str]:
    """Work until the end or a wish to stop; returns the state and the sentence it ends with."""
    step = 0
    for progress in session:
        step = progress.step
        reporter.progress(progress)
        if show is not None:
            show(progress)
        if not _agreed(not stop.made()):
            reporter.write(state="stopping")
            session.save(step)
            return "done" if step == progress.total else "stopped", _ending(session, step)
    return "done", _ending(session, step)


def _agreed(goes_on: bool) -> bool:
    """Tell processes that follow this one whether it goes on."""
    if not of_several():
        return goes_on
    from tdot_core.models.parallel import word_of_first

    return word_of_first(GO if goes_on else STOP) == GO


def _ending(session: Session, step: int) -> str:
    return " ".join([f"Saved at step {step}." if step else "Nothing was left to do.", *session.notes])


def _keep_cache_small() -> None:
    with contextlib.suppress(TdotError, OSError):
        trim(cache_limit())


def calm_process() -> None:
    """Make this process a polite neighbour: niced, and on up to 4 processors one torch thread fewer than there are.

    Call before torch computes; OMP_WAIT_POLICY must be set before torch is imported, see `worker_environment`.
    """
    import torch

    threads = max(1, worker_processors() // int(os.environ.get("LOCAL_WORLD_SIZE", "1")))
    torch.set_num_threads(threads)
    os.environ.setdefault("TDOT_THREADS", str(threads))
    os.nice(19)
    _calm_group()
    if hasattr(os, "SCHED_BATCH"):
        with contextlib.suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def _calm_group() -> None:
    # Linux may share its processors among sessions first, and a worker is a session of its own: niceness counts only inside.
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text("5")


def worker_environment() -> dict[str, str]:
    """Return the environment for a worker: passive OpenMP waiting, so that it never spins on a core a screen wants."""
    return {**os.environ, "OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "0", "KMP_BLOCKTIME": "0"}
