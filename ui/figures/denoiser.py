"""The figure of a denoiser's error by noise level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from ui.figures.base import QUIET, calm

LINE = "#2563EB"


def loss_figure(levels: Sequence[Mapping[str, float]]) -> go.Figure:
    """Return eps-loss against t, both logarithmic, with a line at 1: what predicting no noise at all would score.

    levels: mappings with t, eps_loss and its standard_error.
    """
    figure = go.Figure()
    figure.add_scatter(
        x=[level["t"] for level in levels], y=[level["eps_loss"] for level in levels], mode="lines+markers",
        name="eps-loss", showlegend=False, line={"color": LINE, "width": 2.4}, marker={"size": 7},
        error_y={"type": "data", "array": [level["standard_error"] for level in levels], "thickness": 1.2},
        hovertemplate="t = %{x}: %{y:.3g}<extra></extra>",
    )  # fmt: skip
    figure.add_hline(y=1, line={"color": QUIET, "width": 1.5, "dash": "dash"})
    figure.update_xaxes(title_text="noising step t", type="log", showgrid=False)
    figure.update_yaxes(title_text="eps-loss (lower is better)", type="log")
    return calm(figure, height=320)
