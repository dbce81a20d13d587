"""The same loss of several runs in one figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import plotly.graph_objects as go

from tdot_core.services.runs.curves import LossCurve, smoothed
from ui.figures.base import calm
from ui.palette import PriorStyle


@dataclass(frozen=True, eq=False)
class NamedCurve:
    """One curve with its name for people and its style."""

    name: str
    curve: LossCurve
    style: PriorStyle


def curves_figure(
    curves: Sequence[NamedCurve], loss: str, *, smoothing: float = 0.9, by_time: bool = False, log: bool = False
) -> go.Figure:
    """Return curves of one loss over steps, or over minutes at work: as recorded (faint) and smoothed.

    smoothing: weight of the past, 0 for none; log: a logarithmic axis, on which what is not positive is left out.
    """
    figure = go.Figure()
    for one in curves:
        x = one.curve.seconds / 60 if by_time else one.curve.steps
        values = np.where(one.curve.values > 0, one.curve.values, np.nan) if log else one.curve.values
        line = {"color": one.style.color, "dash": one.style.dash}
        if smoothing:
            figure.add_scatter(
                x=x,
                y=values,
                mode="lines",
                line={"color": one.style.color, "width": 1},
                opacity=0.25,
                hoverinfo="skip",
                showlegend=False,
                legendgroup=one.name,
            )
            # Smoothed over what is there: one missing value must not take all that follow with it.
            there = np.isfinite(values)
            x, values = x[there], smoothed(values[there], smoothing)
        unit = "%{x:.3g} min" if by_time else "step %{x}"
        figure.add_scatter(
            x=x,
            y=values,
            mode="lines",
            name=escape(one.name),
            line={**line, "width": 2.4},
            legendgroup=one.name,
            hovertemplate=f"<b>%{{fullData.name}}</b><br>{unit}: %{{y:.4g}}<extra></extra>",
        )
    figure.update_xaxes(title_text="minutes at work" if by_time else "step")
    figure.update_yaxes(title_text=loss.replace("_", " "), type="log" if log else "linear")
    return calm(figure, height=380)
