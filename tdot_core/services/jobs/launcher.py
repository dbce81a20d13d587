"""Starting, stopping and resuming jobs as detached local processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace

from tdot_core.errors import TdotError
from tdot_core.services.jobs.execute import worker_environment
from tdot_core.services.jobs.lock import run_lock
from tdot_core.services.runs.process import create_time, host_name, start_ticks
from tdot_core.services.runs.status import RunStatus, read_status, worker_alive, write_status
from tdot_core.services.runs.store import Run
from tdot_core.services.storage.paths import project_root
from tdot_core.services.storage.readonly import refuse_when_read_only

PATIENCE = 40.0
FAREWELL_SECONDS = 30.0


def start(run: Run) -> RunStatus:
    """Start a pending or resumable run in a process group of its own and return its status; output goes to worker.log.

    Raises TdotError when the run is already at work or shipped.
    """
    refuse_when_read_only()
    if run.shipped:
        raise TdotError(f"{run.id} ships with TDOT and is read-only; train a run of your own.")
    with run_lock(run):
        status = read_status(run.path)
        if status.active and status.pid is not None:
            raise TdotError(f"{run.id} is already at work (process {status.pid}).")
        _await_end(run, status)
        try:
            return _begin(run, status)
        except OSError as error:
            raise TdotError(
                f"{run.id} cannot be started ({error.strerror or error}). Free space and try again."
            ) from error


def _begin(run: Run, status: RunStatus) -> RunStatus:
    (run.path / "STOP").unlink(missing_ok=True)
    with (run.path / "worker.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tdot_core.worker", str(run.path)],
            cwd=project_root(),
            env=worker_environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    _reap_later(process)
    if (created := create_time(process.pid)) is not None:
        now = time.time()
        pending = replace(
            status,
            state="pending",
            message="",
            started=now,
            heartbeat=now,
            pid=process.pid,
            pid_created=created,
            pid_ticks=start_ticks(process.pid),
            host=host_name(),
            place=0,
        )
        write_status(run.path, pending)
    return read_status(run.path)


def _await_end(run: Run, status: RunStatus) -> None:
    # A worker writes its last status a moment before it ends; until then it holds the run's lock.
    deadline = time.monotonic() + FAREWELL_SECONDS
    # Elsewhere a process is known by its heartbeat alone, which outlives it by minutes.
    while _is_here(status) and worker_alive(status):
        if time.monotonic() > deadline:
            raise TdotError(
                f"{run.id} still has a process ({status.pid}) that does not end. Wait a moment, or end it by hand."
            )
        time.sleep(0.05)


def _reap_later(process: subprocess.Popen[bytes]) -> None:
    threading.Thread(target=process.wait, daemon=True, name=f"reap-{process.pid}").start()


def request_stop(run: Run) -> RunStatus:
    """Ask a run to checkpoint and stop: the first rung of the ladder. Returns at once; a run not at work is left alone."""
    refuse_when_read_only()
    status = run.status()
    if status.active:
        _ask(run, status)
    return status


def _ask(run: Run, status: RunStatus) -> None:
    try:
        (run.path / "STOP").touch()
    except OSError:
        # A full disk takes no new file; the signal says the same.
        _signal(run, status, signal.SIGTERM)


def stop(run: Run, patience: float = PATIENCE) -> RunStatus:
    """Stop a run and wait until its process is gone: STOP file, after half the patience SIGTERM, after all of it SIGKILL.

    Raises TdotError when the patience is over and no signal reaches it: it works on another machine, or for another user.
    """
    request_stop(run)
    begun, termed = time.monotonic(), False
    while (status := run.status()).active or (_is_here(status) and worker_alive(status)):
        waited = time.monotonic() - begun
        if waited > patience:
            if not _is_here(status):
                raise TdotError(
                    f"{run.id} works on {status.host}. It was asked to stop, and does so after its present step."
                )
            _signal(run, status, signal.SIGKILL)
        elif waited > patience / 2 and not termed:
            termed = True
            _signal(run, status, signal.SIGTERM)
        time.sleep(0.1)
    return status


def _is_here(status: RunStatus) -> bool:
    return status.host in ("", host_name())


def _signal(run: Run, status: RunStatus, number: int) -> None:
    """Signal a run's process, with those it started where it leads a group of its own; a sweep's belongs to the sweep."""
    if status.pid is None or not _is_here(status) or not worker_alive(status):
        return
    try:
        if os.getpgid(status.pid) == status.pid and "node" not in run.spec:
            os.killpg(status.pid, number)
        else:
            os.kill(status.pid, number)
    except ProcessLookupError:
        pass
    except PermissionError as error:
        raise TdotError(f"{run.id} runs for another user (process {status.pid}), who alone can end it.") from error


def resume(run: Run) -> RunStatus:
    """Start a stopped, failed or crashed run again from its last good checkpoint; raises TdotError when it is done."""
    if run.status().state == "done":
        raise TdotError(f"{run.id} is done; `runs resume {run.id} --epochs N` trains it further.")
    return start(run)
