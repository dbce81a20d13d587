"""The losses of a training against its steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from ui.figures.base import calm

POINTS = 400
SMOOTHING = 0.9

Float64 = npt.NDArray[np.float64]


def loss_figure(records: Sequence[dict[str, Any]], color: str) -> go.Figure | None:
    """Return one small panel per loss, as recorded (faint) and smoothed; None when nothing was recorded.

    records: dicts with `step` and a number per loss, in order. Long curves are thinned to 400 points each.
    """
    names = loss_names(records)
    if not names:
        return None
    figure = make_subplots(
        1, len(names), subplot_titles=[name.replace("_", " ") for name in names], horizontal_spacing=0.1
    )
    for k, name in enumerate(names, 1):
        steps, values = curve(records, name)
        shown = {"mode": "lines", "showlegend": False, "name": name, "line": {"color": color}}
        figure.add_scatter(x=steps, y=values, opacity=0.3, hoverinfo="skip", row=1, col=k, **shown)
        figure.add_scatter(
            x=steps, y=smoothed(values), hovertemplate="step %{x}: %{y:.4g}<extra></extra>", row=1, col=k,
            **{**shown, "line": {"color": color, "width": 2.4}},
        )  # fmt: skip
    figure.update_xaxes(title_text="step")
    return calm(figure, height=280)


def loss_names(records: Sequence[dict[str, Any]]) -> list[str]:
    """Return the names of the recorded losses, in the order they came."""
    found: dict[str, None] = {}
    for record in records:
        found |= {
            k: None for k, v in record.items() if k not in ("step", "total", "time") and isinstance(v, int | float)
        }
    return list(found)


def curve(records: Sequence[dict[str, Any]], name: str) -> tuple[npt.NDArray[np.int64], Float64]:
    """Return steps and values of one loss; longer curves are averaged over equal stretches down to 400 points."""
    pairs = [(r["step"], float(r[name])) for r in records if isinstance(r.get(name), int | float)]
    steps, values = np.array([s for s, _ in pairs], dtype=np.int64), np.array([v for _, v in pairs])
    if len(pairs) <= POINTS:
        return steps, values
    parts = np.array_split(np.arange(len(pairs)), POINTS)
    return steps[[part[-1] for part in parts]], np.array([values[part].mean() for part in parts])


def smoothed(values: Float64) -> Float64:
    """Return the exponential moving average, corrected for its start, so that the first value is the first value."""
    out, mean, weight = np.empty_like(values), 0.0, 0.0
    for k, value in enumerate(values):
        mean, weight = SMOOTHING * mean + (1 - SMOOTHING) * value, SMOOTHING * weight + 1 - SMOOTHING
        out[k] = mean / weight
    return out
