"""Every prior at every t*, the best of its results, as a map; the oracle apart from the contestants."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from tdot_core.services.figures.axes import spans_widely
from tdot_core.services.figures.base import calm
from tdot_core.services.figures.points import Badness, Point, best_per_step
from tdot_core.services.results.digits import number_text, places_of

SCALE = "Cividis"
"""Even in lightness, and the same to every colour vision."""
ROW, APART = 34, 0.35
"""Pixels of a row; rows between the contestants and what is set apart."""


def heat_figure(
    groups: Mapping[str, Sequence[Point]], apart: Mapping[str, Sequence[Point]], *, badness: Badness = float
) -> go.Figure:
    """Return the best value of each prior at each t*: brighter is better, the best of a column in bold.

    apart: what is no contestant (the oracle), on a scale of its own below. Colours follow the logarithm where positive values
    span a factor of 20.
    """
    best = {label: {p.t_star: p for p in best_per_step(points, badness)} for label, points in groups.items()}
    marks = {label: {p.t_star: p for p in best_per_step(points, badness)} for label, points in apart.items()}
    found = [p for cells in best.values() for p in cells.values()]
    every = found + [p for cells in marks.values() for p in cells.values()]
    steps = sorted({p.t_star for p in every if p.t_star is not None})
    places = places_of([p.value for p in found], [p.spread for p in found])
    leaders = {
        t: min((cells[t] for cells in best.values() if t in cells), key=lambda p: badness(p.value), default=None)
        for t in steps
    }
    figure = go.Figure()
    for cells, axis in ((best, "y"), (marks, "y2")):
        if cells:
            figure.add_trace(_map(cells, steps, axis, places, badness, [p.value for p in found], leaders))
    rows, below = len(best), len(marks)
    calm(figure, 96 + ROW * (rows + below) + int(ROW * APART * bool(below)))
    figure.update_layout(margin_t=10, yaxis={"autorange": "reversed", "ticksuffix": "  ", "showgrid": False})
    figure.update_xaxes(title_text="truncation step t*", type="category", showgrid=False, showline=False, ticks="")
    if below:
        share = below / (rows + below + APART)
        figure.update_layout(
            yaxis={"domain": [share + APART / (rows + below + APART), 1]},
            yaxis2={"domain": [0, share], "ticksuffix": "  ", "automargin": True, "showgrid": False, "zeroline": False},
            xaxis={"anchor": "y2"},
        )
    return figure


def _map(
    cells: Mapping[str, Mapping[int | None, Point]],
    steps: Sequence[int],
    axis: str,
    places: int,
    badness: Badness,
    values: Sequence[float],
    leaders: Mapping[int, Point | None],
) -> go.Heatmap:
    logarithmic = spans_widely(values)

    def worth(point: Point | None) -> float | None:
        if point is None:
            return None
        value = math.log10(max(point.value, 1e-12)) if logarithmic else point.value
        return -value if badness(1.0) > badness(0.0) else value

    def text(point: Point | None) -> str:
        if point is None:
            return ""
        number = number_text(point.value, places)
        return f"<b>{number}</b>" if point.t_star is not None and leaders[point.t_star] is point else number

    table = [[cells[label].get(t) for t in steps] for label in cells]
    flat = axis != "y"
    return go.Heatmap(
        x=[str(t) for t in steps],
        y=list(cells),
        z=[[0.0 if flat and p else worth(p) for p in line] for line in table],
        yaxis=axis,
        text=[[text(p) for p in line] for line in table],
        texttemplate="%{text}",
        textfont={"size": 13},
        hovertext=[[p.note if p else "not measured" for p in line] for line in table],
        hoverinfo="text",
        showscale=False,
        colorscale=[[0, "#d9dee3"], [1, "#d9dee3"]] if flat else SCALE,
        xgap=2,
        ygap=2,
        name="apart" if flat else "contestants",
    )
