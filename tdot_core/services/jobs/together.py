"""A run's work by one process, or by several that torchrun or Ray started for it."""

from __future__ import annotations

from tdot_core.services.jobs.execute import Show, execute
from tdot_core.services.jobs.group import follow, joined, leads
from tdot_core.services.jobs.lock import run_lock
from tdot_core.services.runs.status import RunStatus
from tdot_core.services.runs.store import Run


def work_together(run: Run, show: Show | None = None, *, queue: bool = True) -> RunStatus | None:
    """Do a run's work as `execute` does, alone or as the first of several processes; None in those that follow it.

    queue: as in `execute`. Raises TdotError when the run is locked, or the group broke.
    """
    with joined(str(run.spec.get("device") or "auto")):
        if not leads():
            follow(run)
            return None
        with run_lock(run, "work"):
            return execute(run, show, queue=queue)
