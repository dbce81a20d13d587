"""Starting, stopping and resuming jobs as detached local processes."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace

import psutil

from tdot_core.errors import TdotError
from tdot_core.services.jobs.execute import worker_environment
from tdot_core.services.jobs.lock import run_lock
from tdot_core.services.paths import project_root
from tdot_core.services.runs.status import RunStatus, process_alive, read_status, write_status
from tdot_core.services.runs.store import Run

PATIENCE = 40.0
FAREWELL_SECONDS = 10.0


def start(run: Run) -> RunStatus:
    """Start a pending or resumable run in a process group of its own and return its status; output goes to worker.log.

    Raises TdotError when the run is already at work or shipped.
    """
    with run_lock(run):
        status = read_status(run.path)
        if run.shipped:
            raise TdotError(f"{run.id} ships with TDOT and is read-only; train a run of your own.")
        if status.active and status.pid is not None:
            raise TdotError(f"{run.id} is already at work (process {status.pid}).")
        _await_end(run, status)
        (run.path / "STOP").unlink(missing_ok=True)
        with (run.path / "worker.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "tdot_core.worker", str(run.path)],
                cwd=project_root(), env=worker_environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        with contextlib.suppress(psutil.Error):
            created = psutil.Process(process.pid).create_time()
            pending = replace(
                status, state="pending", message="", started=time.time(), pid=process.pid, pid_created=created
            )
            write_status(run.path, pending)
        _reap_later(process)
        return read_status(run.path)


def _await_end(run: Run, status: RunStatus) -> None:
    # A worker writes its last status a moment before it ends; until then it holds the run's lock.
    deadline = time.monotonic() + FAREWELL_SECONDS
    while process_alive(status.pid, status.pid_created):
        if time.monotonic() > deadline:
            raise TdotError(
                f"{run.id} still has a process ({status.pid}) that does not end. Wait a moment, or end it by hand."
            )
        time.sleep(0.05)


def _reap_later(process: subprocess.Popen[bytes]) -> None:
    threading.Thread(target=process.wait, daemon=True, name=f"reap-{process.pid}").start()


def request_stop(run: Run) -> RunStatus:
    """Ask a run to checkpoint and stop: the first rung of the ladder. Returns at once; a run not at work is left alone."""
    status = run.status()
    if status.active:
        (run.path / "STOP").touch()
    return status


def stop(run: Run, patience: float = PATIENCE) -> RunStatus:
    """Stop a run and wait until its process is gone: STOP file, after half the patience SIGTERM, after all of it SIGKILL."""
    request_stop(run)
    begun, termed = time.monotonic(), False
    while (status := run.status()).active or process_alive(status.pid, status.pid_created):
        waited = time.monotonic() - begun
        if waited > patience:
            _signal_group(status, signal.SIGKILL)
        elif waited > patience / 2 and not termed:
            termed = True
            _signal_group(status, signal.SIGTERM)
        time.sleep(0.1)
    return status


def _signal_group(status: RunStatus, number: int) -> None:
    if status.pid is not None and process_alive(status.pid, status.pid_created):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(status.pid, number)


def resume(run: Run) -> RunStatus:
    """Start a stopped, failed or crashed run again from its last good checkpoint; raises TdotError when it is done."""
    if run.status().state == "done":
        raise TdotError(f"{run.id} is done; train a new run to go further.")
    return start(run)
