"""The figure of denoisers' errors by noise level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from ui.figures.base import QUIET, calm

STYLES = (
    ("#2563EB", "solid", "circle"),
    ("#0D9488", "dash", "square"),
    ("#B45309", "dot", "diamond"),
    ("#7C3AED", "dashdot", "x"),
)


def loss_figure(nets: Sequence[Mapping[str, Any]]) -> go.Figure:
    """Return each network's eps-loss over that of the best linear filter against t, both logarithmic, with a line at 1.

    nets: mappings with a label and levels: mappings with t, eps_loss, ratio and ratio_error.
    """
    figure = go.Figure()
    for k, net in enumerate(nets):
        color, dash, symbol = STYLES[k % len(STYLES)]
        levels = net["levels"]
        figure.add_scatter(
            x=[level["t"] for level in levels],
            y=[level["ratio"] for level in levels],
            mode="lines+markers",
            name=net["label"],
            line={"color": color, "width": 2.4, "dash": dash},
            marker={"size": 7, "symbol": symbol},
            error_y={"type": "data", "array": [level["ratio_error"] for level in levels], "thickness": 1.2},
            customdata=[level["eps_loss"] for level in levels],
            hovertemplate=f"{net['label']}, t = %{{x}}: %{{y:.3g}} of the linear filter's, eps-loss %{{customdata:.3g}}<extra></extra>",
        )
    figure.add_hline(y=1, line={"color": QUIET, "width": 1.5, "dash": "dash"})
    figure.update_xaxes(title_text="noising step t", type="log", showgrid=False)
    figure.update_yaxes(title_text="eps-loss relative to the linear filter's", type="log")
    return calm(figure, height=320)
