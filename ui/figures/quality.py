"""Figures of the benchmark: who is best, what quality costs, and where the error comes from."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from ui.figures.base import QUIET, calm

Badness = Callable[[float], float]
"""Smaller for the better of two values: float itself where lower is better."""

WIDE = 20
CROWDED = 2.5
"""Decades over which ticks at 1, 2 and 5 would run into each other."""
WHISKER = "rgba(110, 118, 128, 0.95)"


@dataclass(frozen=True)
class Point:
    """One measured result. cost: NFE or seconds; spread: standard error or None; note: lines of the hover text."""

    label: str
    color: str
    marker: str
    dash: str
    value: float
    spread: float | None = None
    cost: float | None = None
    t_star: int | None = None
    note: str = ""


def _error(points: Sequence[Point], visible: bool = True) -> dict[str, object]:
    spreads = [p.spread or 0 for p in points]
    return {
        "type": "data",
        "array": spreads,
        "thickness": 1.3,
        "width": 4,
        "color": WHISKER,
        "visible": visible and any(spreads),
    }


def ranking(points: Sequence[Point], title: str) -> go.Figure:
    """Return one line per point, the first on top, with its spread as an error bar and its value beside it.

    Bars from zero; where the values differ too widely for one scale, marks on a logarithmic axis, which has no zero.
    """
    scale = _log_when_wide([p.value for p in points])
    ends = [p.value + (p.spread or 0) for p in points]
    names = [p.label for p in points]
    figure = go.Figure()
    if "type" in scale:
        low, high = scale["range"]
        scale["range"] = [low, high + 0.08 * (high - low)]  # room for the largest value's own number
        figure.add_scatter(
            x=[p.value for p in points], y=names, mode="markers", error_x=_error(points),
            marker={"color": [p.color for p in points], "symbol": [p.marker for p in points], "size": 13},
            hovertext=[p.note for p in points], hoverinfo="text", showlegend=False,
        )  # fmt: skip
    else:
        scale["range"] = [0, 1.1 * max(ends, default=1.0) or 1]
        figure.add_bar(
            x=[p.value for p in points], y=names, orientation="h", marker_color=[p.color for p in points], width=0.6,
            error_x=_error(points), hovertext=[p.note for p in points], hoverinfo="text", showlegend=False,
        )  # fmt: skip
    figure.add_scatter(
        x=ends, y=names, mode="markers+text", text=[f"{p.value:.3g}" for p in points], textposition="middle right",
        marker={"size": 24, "opacity": 0},  # unseen, it keeps the number clear of the mark
        cliponaxis=False, hoverinfo="skip", showlegend=False,
    )  # fmt: skip
    figure.update_xaxes(title_text=title, showgrid=True, **scale)
    figure.update_yaxes(autorange="reversed", showgrid="type" in scale, ticksuffix="  ")
    calm(figure, height=70 + 40 * max(len(points), 2))
    return figure.update_layout(margin_t=8)


def pareto_front(points: Sequence[Point], badness: Badness = float) -> list[Point]:
    """Return the points that no other beats at equal or lower cost, cheapest first."""
    ranked = sorted((p for p in points if p.cost is not None), key=lambda p: (p.cost, badness(p.value)))
    front: list[Point] = []
    for point in ranked:
        if not front or badness(point.value) < badness(front[-1].value):
            front.append(point)
    return front


def cost_figure(
    groups: Mapping[str, Sequence[Point]], x_title: str, y_title: str, *, badness: Badness = float
) -> go.Figure:
    """Return quality against cost, one trace per prior, with the Pareto front of all of them as a line behind."""
    figure = go.Figure()
    every = [p for points in groups.values() for p in points if p.cost is not None]
    front = pareto_front(every, badness)
    if len(front) > 1:
        figure.add_scatter(
            x=[p.cost for p in front], y=[p.value for p in front], mode="lines", line={"color": QUIET, "width": 2, "shape": "hv"},
            name="Pareto front", hoverinfo="skip",
        )  # fmt: skip
    for label, points in groups.items():
        drawn = [p for p in points if p.cost is not None]
        if drawn:
            figure.add_scatter(
                x=[p.cost for p in drawn], y=[p.value for p in drawn], mode="markers", name=label, error_y=_error(drawn),
                marker={"color": drawn[0].color, "symbol": drawn[0].marker, "size": 11},
                hovertext=[p.note for p in drawn], hoverinfo="text",
            )  # fmt: skip
    figure.update_xaxes(title_text=x_title, **_log_when_wide([p.cost for p in every if p.cost]))
    figure.update_yaxes(title_text=y_title, **_log_when_wide([p.value for p in every]))
    return calm(figure, height=430)


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
                x=[p.t_star for p in rest], y=[p.value for p in rest], mode="markers", opacity=0.4, showlegend=False,
                legendgroup=label, marker={**marker, "size": 7}, hovertext=[p.note for p in rest], hoverinfo="text",
            )  # fmt: skip
        figure.add_scatter(
            x=[p.t_star for p in best], y=[p.value for p in best], mode="lines+markers", name=label, legendgroup=label,
            error_y=_error(best), line={"color": drawn[0].color, "dash": drawn[0].dash, "width": 2}, marker={**marker, "size": 10},
            hovertext=[p.note for p in best], hoverinfo="text", fillcolor="rgba(128, 134, 142, 0.13)",
            fill="tozeroy" if label == floor and badness(1.0) > badness(0.0) else None,
        )  # fmt: skip
    steps = sorted({p.t_star for points in groups.values() for p in points if p.t_star is not None})
    wide = bool(steps) and steps[-1] / steps[0] >= WIDE
    figure.update_xaxes(
        title_text="truncation step t*", tickvals=steps, type="log" if wide else "linear", showgrid=False
    )
    figure.update_yaxes(title_text=y_title, rangemode="tozero")
    return calm(figure, height=430)


def best_per_step(points: Sequence[Point], badness: Badness = float) -> list[Point]:
    """Return the best point at each t*, smallest t* first."""
    found: dict[int, Point] = {}
    for point in points:
        if point.t_star is not None and (
            point.t_star not in found or badness(point.value) < badness(found[point.t_star].value)
        ):
            found[point.t_star] = point
    return [found[t] for t in sorted(found)]


def _log_when_wide(values: Sequence[float]) -> dict[str, Any]:
    """Return the settings of an axis: logarithmic, with round ticks, when positive values span a factor of WIDE."""
    if not values or min(values) <= 0 or max(values) / min(values) < WIDE:
        return {"rangemode": "tozero"}
    low, high = math.log10(min(values)), math.log10(max(values))
    leading = (1, 2, 5) if high - low < CROWDED else (1,)
    ticks = [m * 10.0**e for e in range(math.floor(low), math.ceil(high) + 1) for m in leading]
    pad = 0.06 * (high - low)
    return {"type": "log", "tickvals": ticks, "ticktext": [f"{v:g}" for v in ticks], "range": [low - pad, high + pad]}
