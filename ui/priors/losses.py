"""The losses of a run as a figure, made once for everybody who looks at it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from tdot_core.services.runs.status import RunStatus
from tdot_core.services.runs.store import Run
from ui.figures.losses import loss_figure
from ui.palette import prior_style

LIVE_SECONDS = 2


def losses_of(run: Run, status: RunStatus) -> Any:
    """Return the figure, or None before the first losses; while the run is at work it is up to two seconds old."""
    try:
        facts = (run.path / "metrics.jsonl").stat()
    except OSError:
        return None
    stamp = (
        f"{facts.st_mtime_ns // (LIVE_SECONDS * 10**9)}" if status.active else f"{facts.st_mtime_ns} {facts.st_size}"
    )
    return _figure(str(run.path), stamp, run)


@st.cache_resource(max_entries=24, show_spinner=False)
def _figure(path: str, stamp: str, _run: Run) -> Any:
    return loss_figure(_run.metrics(), prior_style(_run.kind).color)
