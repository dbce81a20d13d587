"""What all Plotly figures share: clear in light and dark, because every colour that depends on the theme is left to it."""

from __future__ import annotations

import plotly.graph_objects as go

QUIET = "rgba(128, 134, 142, 0.55)"
"""Lines that guide the eye; mid-grey, so that both themes show it."""


def calm(figure: go.Figure, height: int = 340) -> go.Figure:
    """Give a figure the house layout: no background, room for labels, a legend above the plot."""
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 12, "t": 36, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.02, "xanchor": "left", "x": 0, "title": {"text": ""}},
        hoverlabel={"align": "left"},
    )
    figure.update_xaxes(
        automargin=True, zeroline=False, showline=True, linecolor=QUIET, ticks="outside", tickcolor=QUIET
    )
    figure.update_yaxes(automargin=True, zeroline=False)
    return figure
