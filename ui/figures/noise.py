"""Figures of the noise schedule: how much noise there is at t."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from ui.figures.base import QUIET, calm

Float64 = npt.NDArray[np.float64]

LINES = {"linear": "#2563EB", "cosine": "#DB7900"}
OTHER = "#2AA35F"


def level_figure(
    curves: Mapping[str, Float64], chosen: str, t: int, y_title: str, *, decimals: int = 2, unit: str = ""
) -> go.Figure:
    """Return one quantity against t = 0..T for each schedule, the chosen one strong, with t marked on it.

    curves: arrays of length T + 1 by schedule name; infinite values are left out.
    """
    figure = go.Figure()
    for name, values in curves.items():
        steps = np.arange(len(values))
        kept = np.isfinite(values) & ((steps % 5 == 0) | (steps < 20) | (steps == len(values) - 1))
        strong = name == chosen
        figure.add_scatter(
            x=steps[kept],
            y=values[kept],
            mode="lines",
            name=name,
            opacity=1 if strong else 0.45,
            line={
                "color": LINES.get(name, OTHER),
                "width": 2.6 if strong else 1.6,
                "dash": "solid" if strong else "dot",
            },
            hovertemplate=f"t = %{{x}}: %{{y:.{decimals}f}}{unit}<extra>{name}</extra>",
        )
    value = float(curves[chosen][t])
    figure.add_vline(x=t, line={"color": QUIET, "width": 1.5, "dash": "dash"})
    figure.add_scatter(
        x=[t],
        y=[value],
        mode="markers",
        showlegend=False,
        marker={"color": LINES.get(chosen, OTHER), "size": 12},
        hovertemplate=f"t = {t}: {value:.{decimals}f}{unit}<extra></extra>",
    )
    figure.update_xaxes(title_text="noising step t", range=[-10, len(curves[chosen]) + 9], showgrid=False)
    figure.update_yaxes(title_text=y_title)
    return calm(figure, height=320)
