"""A run's first loss as a line of the height of text."""

from __future__ import annotations

import base64

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from tdot_core.services.runs.curves import loss_curve, loss_names, smoothed
from tdot_core.services.runs.status import RunStatus
from tdot_core.services.runs.store import Run
from ui.palette import prior_style

WIDTH, HEIGHT, POINTS = 96, 16, 48
LIVE_SECONDS = 10


def sparkline(run: Run, status: RunStatus) -> str:
    """Return the smoothed loss as a Markdown picture in the prior's colour, "" before there are three records."""
    try:
        facts = (run.path / "metrics.jsonl").stat()
    except OSError:
        return ""
    live = facts.st_mtime_ns // (LIVE_SECONDS * 10**9)
    stamp = str(live) if status.active else f"{facts.st_mtime_ns} {facts.st_size}"
    return _picture(str(run.path), stamp, run)


@st.cache_data(max_entries=128, show_spinner=False)
def _picture(path: str, stamp: str, _run: Run) -> str:
    records = _run.metrics()
    names = loss_names(records)
    values = smoothed(loss_curve(records, names[0], POINTS).values) if names else np.zeros(0)
    values = values[np.isfinite(values)]
    if len(values) < 3:
        return ""
    svg = spark_svg(values, prior_style(_run.kind).color)
    return f"![loss {names[0]}](data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()})"


def spark_svg(values: NDArray[np.float64], color: str) -> str:
    """Return values (n,), lowest at the bottom, as an SVG polyline of 96 x 16 pixels."""
    low, high = float(values.min()), float(values.max())
    x = np.linspace(1, WIDTH - 1, len(values))
    y = HEIGHT - 1.5 - (values - low) / ((high - low) or 1) * (HEIGHT - 3)
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}">'
        f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="1.5"/></svg>'
    )
