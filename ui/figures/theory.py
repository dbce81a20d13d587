"""What a start at t* leaves of a prior's error: predicted on the left, measured on the right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from tdot_core.services.catalogue.styles import PriorStyle
from tdot_core.services.figures.base import QUIET, calm

PREDICTED, MEASURED = "Prior error that survives: linear prediction", "FD-cnn, 10 DDIM calls: measured"
WHOLE = "Whole chain from noise"


@dataclass(frozen=True)
class Curve:
    """One prior: its name for people, its style, and values by t*."""

    label: str
    style: PriorStyle
    values: Mapping[int, float]


def starts_figure(predicted: Sequence[Curve], measured: Sequence[Curve], whole: float | None, t: int) -> go.Figure:
    """Return predicted lines, in percent of the data's variance on a logarithmic axis, beside measured marks, with t marked.

    whole: what the whole chain from noise measures, None for no line. One legend serves both sides.
    """
    figure = make_subplots(cols=2, subplot_titles=(PREDICTED, MEASURED), horizontal_spacing=0.11)
    for curve in predicted:
        figure.add_trace(_trace(curve, "lines", " %", shown=curve.label not in {one.label for one in measured}), 1, 1)
    for curve in measured:
        figure.add_trace(_trace(curve, "lines+markers", "", shown=True), 1, 2)
    if whole is not None:
        line = go.Scatter(
            x=[0, 1000],
            y=[whole, whole],
            mode="lines",
            name=WHOLE,
            line={"color": QUIET, "width": 2},
            hovertemplate=f"{whole:.3g}<extra>{WHOLE}</extra>",
        )
        figure.add_trace(line, 1, 2)
    figure.add_vline(x=t, line={"color": QUIET, "width": 1.5, "dash": "dash"})
    figure.update_xaxes(title_text="truncation step t*", range=[-10, 1009], showgrid=False)
    figure.update_yaxes(title_text="% of the data's variance", type="log", dtick=1, exponentformat="none", col=1)
    figure.update_yaxes(title_text="FD-cnn", rangemode="tozero", col=2)
    calm(figure, height=430)
    return figure.update_layout(legend={"y": -0.2, "yanchor": "top"}, margin_t=40)


def _trace(curve: Curve, mode: str, unit: str, *, shown: bool) -> go.Scatter:
    style = curve.style
    return go.Scatter(
        x=list(curve.values),
        y=list(curve.values.values()),
        name=curve.label,
        mode=mode,
        legendgroup=curve.label,
        showlegend=shown,
        line={"color": style.color, "dash": style.dash, "width": 2},
        marker={"color": style.color, "symbol": style.marker, "size": 9},
        hovertemplate=f"t* = %{{x}}: %{{y:.3g}}{unit}<extra>{curve.label}</extra>",
    )
