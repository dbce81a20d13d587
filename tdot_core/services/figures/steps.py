"""Quality against the truncation step, with what a perfect prior would reach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from tdot_core.services.figures.axes import WIDE
from tdot_core.services.figures.base import calm
from tdot_core.services.figures.points import Badness, Point, best_per_step, error_bars

APART = 2
"""How many times worse than all others a group must be to reach beyond the axis."""


def step_figure(
    groups: Mapping[str, Sequence[Point]], floor: str, y_title: str, *, badness: Badness = float
) -> go.Figure:
    """Return quality against t*: one line per prior through its best result at each t*, its other results faint.

    floor: the group that a perfect prior would reach; the area below it is shaded.
    """
    figure = go.Figure()
    for label, points in groups.items():
        drawn = [p for p in points if p.t_star is not None]
        if not drawn:
            continue
        best = best_per_step(drawn, badness)
        rest = [p for p in drawn if p not in best]
        marker = {"color": drawn[0].color, "symbol": drawn[0].marker}
        if rest:
            figure.add_scatter(
                x=[p.t_star for p in rest],
                y=[p.value for p in rest],
                mode="markers",
                opacity=0.4,
                showlegend=False,
                legendgroup=label,
                marker={**marker, "size": 7},
                hovertext=[p.note for p in rest],
                hoverinfo="text",
            )
        figure.add_scatter(
            x=[p.t_star for p in best],
            y=[p.value for p in best],
            mode="lines+markers",
            name=label,
            legendgroup=label,
            error_y=error_bars(best),
            line={"color": drawn[0].color, "dash": drawn[0].dash, "width": 2},
            marker={**marker, "size": 10},
            hovertext=[p.note for p in best],
            hoverinfo="text",
            fillcolor="rgba(128, 134, 142, 0.13)",
            fill="tozeroy" if label == floor and badness(1.0) > badness(0.0) else None,
        )
    steps = sorted({p.t_star for points in groups.values() for p in points if p.t_star is not None})
    wide = bool(steps) and steps[-1] / steps[0] >= WIDE
    figure.update_xaxes(
        title_text="truncation step t*", tickvals=steps, type="log" if wide else "linear", showgrid=False
    )
    figure.update_yaxes(title_text=y_title, rangemode="tozero", **_focus(groups, badness))
    return calm(figure, height=370)


def _focus(groups: Mapping[str, Sequence[Point]], badness: Badness) -> dict[str, object]:
    """Return the settings of an axis that leaves the worst group's far values outside where they would flatten all others."""
    worst = sorted(max(p.value for p in points) for points in groups.values() if points)
    if badness(1.0) < badness(0.0) or len(worst) < 3 or min(worst) <= 0 or worst[-1] < APART * worst[-2]:
        return {}
    return {"range": [0, 1.08 * worst[-2]]}
