"""Which run a key stands for."""

from __future__ import annotations

from tdot_core.services.runs.store import Run, list_runs


def best_run(kind: str) -> Run | None:
    """Return the run a key stands for: the shipped one marked preferred, else the first shipped, else the newest with weights."""
    candidates = [run for run in list_runs(kind) if run.weights_path.exists()]
    shipped = [run for run in candidates if run.shipped]
    preferred = [run for run in shipped if run.spec.get("preferred")]
    return next(iter(preferred + shipped + candidates), None)
