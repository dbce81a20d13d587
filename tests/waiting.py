"""Waiting for a run on any machine: as long as something happens, not for a fixed number of seconds."""

from __future__ import annotations

import time
from collections.abc import Callable

import psutil

from tdot_core.services.runs.status import RunStatus
from tdot_core.services.runs.store import Run

QUIET_SECONDS = 240.0


def wait_for(run: Run, reached: Callable[[RunStatus], bool], *, quiet: float = QUIET_SECONDS) -> RunStatus:
    """Return the run's status once it is as asked for.

    Raises AssertionError when nothing in it changed for `quiet` seconds in which its process computed nothing either: one that
    only begins says nothing yet, and imports for minutes where twenty others want the processor.
    """
    status, changed = run.status(), time.monotonic()
    used = _processor_seconds(status)
    while not reached(status):
        time.sleep(0.05)
        before, status = (status, used), run.status()
        used = _processor_seconds(status)
        if (status, used) != before:
            changed = time.monotonic()
        assert time.monotonic() - changed < quiet, status
    return status


def is_over(status: RunStatus) -> bool:
    """Tell whether no process works for the run, nor is about to."""
    return not status.active


def _processor_seconds(status: RunStatus) -> float:
    try:
        return float(sum(psutil.Process(status.pid).cpu_times()[:2])) if status.pid else 0.0
    except psutil.Error:
        return 0.0
