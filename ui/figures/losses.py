"""The losses of a training against its steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from tdot_core.services.runs.curves import loss_curve, loss_names, smoothed
from ui.figures.base import calm


def loss_figure(records: Sequence[dict[str, Any]], color: str) -> go.Figure | None:
    """Return one small panel per loss, as recorded (faint) and smoothed; None when none was recorded twice.

    records: dicts with `step` and a number per loss, in order. Long curves are thinned to 400 points each.
    """
    curves = {name: loss_curve(records, name) for name in loss_names(records)}
    names = [name for name, curve in curves.items() if len(curve.steps) > 1]
    if not names:
        return None
    figure = make_subplots(
        1, len(names), subplot_titles=[name.replace("_", " ") for name in names], horizontal_spacing=0.1
    )
    for k, name in enumerate(names, 1):
        curve = curves[name]
        shown = {"mode": "lines", "showlegend": False, "name": name, "line": {"color": color}}
        figure.add_scatter(x=curve.steps, y=curve.values, opacity=0.3, hoverinfo="skip", row=1, col=k, **shown)
        figure.add_scatter(
            x=curve.steps,
            y=smoothed(curve.values),
            hovertemplate="step %{x}: %{y:.4g}<extra></extra>",
            row=1,
            col=k,
            **{**shown, "line": {"color": color, "width": 2.4}},
        )
    figure.update_xaxes(title_text="step")
    return calm(figure, height=280)
