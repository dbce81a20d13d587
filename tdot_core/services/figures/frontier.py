"""Quality against cost: the best of every prior at each cost, and the whole chain from noise as the line to beat."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from tdot_core.services.figures.axes import log_axis, spans_widely
from tdot_core.services.figures.base import calm
from tdot_core.services.figures.labels import glyph, spread_out
from tdot_core.services.figures.points import WHISKER, Badness, Point, error_bars, pareto_front, quieted
from tdot_core.services.results.digits import number_text, places_of
from tdot_core.services.results.published import MEASURE, Published

HEIGHT, PANEL = 460, 190
LABELS = 205
"""Pixels right of the plot for the names of the lines."""
LINE = 21
"""Pixels from one name to the next."""
LEAST_SPAN = 5
"""Costs that differ less than this are not drawn farther apart than they are."""
FACTOR = 2
"""Quality is on a logarithmic axis from this ratio between the worst and the best front."""
MOST_FAINT = 1500
NOISE = "From pure noise"


def frontier_figure(
    groups: Mapping[str, Sequence[Point]],
    noise: Sequence[Point],
    x_title: str,
    y_title: str,
    *,
    badness: Badness = float,
    published: Sequence[Published] = (),
    panel: bool = False,
) -> go.Figure:
    """Return quality against cost: a line per prior through what no other result of it beats, its other results faint.

    noise: results of whole chains from pure noise, drawn as the line to beat; published: hollow marks of other networks, on
    these axes, or with panel=True on an axis of their own below. The axis shows the fronts; layout.meta["hidden"] counts
    the faint marks that are not on it: beyond, or worse than the best 1,500.
    """
    figure, below = go.Figure(), bool(published) and panel
    fronts = {label: front for label, points in groups.items() if (front := pareto_front(points, badness))}
    line = pareto_front(quieted(noise, WHISKER), badness)
    rest = [p for label, points in groups.items() for p in points if p.cost is not None and p not in fronts[label]]
    rest += [p for p in quieted(noise, WHISKER) if p.cost is not None and p not in line]
    shown = [p for front in fronts.values() for p in front] + line
    if not shown:
        return calm(figure, HEIGHT)
    values = [p.value for p in shown] + ([] if panel else [p.fid for p in published])
    x_axis = _x_axis([p.cost for p in shown + rest if p.cost] + [float(p.calls) for p in published])
    y_axis = _y_axis(values)
    drawn = sorted(rest, key=lambda p: badness(p.value))[:MOST_FAINT]
    _faint(figure, drawn)
    end = 10 ** x_axis["range"][1] if x_axis.get("type") == "log" else x_axis["range"][1]
    _line(figure, NOISE, line, end, width=3, shape="hv")
    for label, front in fronts.items():
        _line(figure, label, front, end)
    _names(
        figure, {NOISE: line} | fronts, y_axis, badness, places_of([p.value for p in shown], [p.spread for p in shown])
    )
    height = HEIGHT + PANEL * below
    figure.update_xaxes(title_text="" if below else x_title, showgrid=True, **x_axis)
    figure.update_yaxes(title_text=y_title, **y_axis)
    calm(figure, height)
    _hollow(figure, published, "y2" if below else "y")
    if below:
        _panel(figure, x_title, height)
    hidden = len(rest) - sum(_within(p.value, y_axis) for p in drawn)
    return figure.update_layout(margin_r=LABELS, margin_t=14, showlegend=False, meta={"hidden": hidden})


def _faint(figure: go.Figure, points: Sequence[Point]) -> None:
    if points:
        figure.add_scatter(
            x=[p.cost for p in points],
            y=[p.value for p in points],
            mode="markers",
            opacity=0.3,
            name="beaten",
            marker={"color": [p.color for p in points], "symbol": [p.marker for p in points], "size": 7},
            hovertext=[p.note for p in points],
            hoverinfo="text",
        )


def _line(
    figure: go.Figure, name: str, front: Sequence[Point], end: float, width: float = 2, shape: str = "linear"
) -> None:
    """Draw a front and, thin, that it reaches to any higher cost."""
    if not front:
        return
    last, style = front[-1], front[0]
    figure.add_scatter(
        x=[last.cost, end],
        y=[last.value, last.value],
        mode="lines",
        hoverinfo="skip",
        name=f"{name}, beyond",
        line={"color": style.color, "width": 3 if width > 2 else 1, "dash": "solid" if width > 2 else "dot"},
        opacity=0.8,
    )
    figure.add_scatter(
        x=[p.cost for p in front],
        y=[p.value for p in front],
        mode="lines+markers",
        name=name,
        error_y=error_bars(front),
        line={"color": style.color, "dash": style.dash if width <= 2 else "solid", "width": width, "shape": shape},
        marker={"color": style.color, "symbol": style.marker, "size": 10},
        hovertext=[p.note for p in front],
        hoverinfo="text",
    )


def _names(
    figure: go.Figure, fronts: Mapping[str, Sequence[Point]], axis: Mapping[str, Any], badness: Badness, places: int
) -> None:
    """Write each line's name, best value and t* at its end."""
    ends = {name: min(front, key=lambda p: badness(p.value)) for name, front in fronts.items() if front}
    wanted = [_fraction(end.value, axis) for end in ends.values()]
    heights = spread_out(wanted, LINE / (HEIGHT - 70))
    for (name, end), height, place in zip(ends.items(), heights, wanted, strict=True):
        words = name if len(name) <= 18 else f"{name[:17]}…"
        figure.add_annotation(
            x=1,
            xref="paper",
            xanchor="left",
            xshift=8,
            y=end.value if axis.get("type") != "log" else math.log10(end.value),
            yshift=(height - place) * (HEIGHT - 70),
            showarrow=False,
            align="left",
            hovertext=end.note,
            font={"size": 12.5},
            text=f"{glyph(end.marker, end.color)} {words} <b>{number_text(end.value, places)}</b>, t* {end.t_star}",
        )


def _hollow(figure: go.Figure, published: Sequence[Published], y_axis: str) -> None:
    for system in dict.fromkeys(p.system for p in published):
        found = [p for p in published if p.system == system]
        figure.add_scatter(
            x=[p.calls for p in found],
            y=[p.fid for p in found],
            yaxis=y_axis,
            mode="markers+text",
            name=f"{system}, another network",
            marker={
                "color": WHISKER,
                "symbol": "circle-open" if system == "TDPM" else "square-open",
                "size": 11,
                "line": {"width": 2},
            },
            text=[f"{system} {p.fid:.2f}" for p in found],
            textposition="top center",
            cliponaxis=False,
            hovertext=[
                f"<b>{p.system}</b>, another network<br>{MEASURE}: {p.fid}<br>t* = {p.t_star}, {p.calls} calls<br>{p.where}"
                for p in found
            ],
            hoverinfo="text",
        )


def _panel(figure: go.Figure, x_title: str, height: int) -> None:
    """Give the published marks an axis of their own below: another measure has no place on this one's scale."""
    split = PANEL / height
    figure.update_layout(
        yaxis={"domain": [split + 0.03, 1]},
        yaxis2={
            "domain": [0, split - 0.11],
            "title": {"text": "published<br>FID-2048"},
            "range": [0, 8.5],
            "automargin": True,
            "zeroline": False,
            "anchor": "x",
        },
        xaxis={"anchor": "y2", "title": {"text": x_title}},
    )


def _x_axis(costs: Sequence[float]) -> dict[str, Any]:
    if not costs or min(costs) <= 0:
        return _from(costs or [0.0])
    middle, reach = math.sqrt(min(costs) * max(costs)), math.sqrt(LEAST_SPAN)
    return log_axis([min(*costs, middle / reach), max(*costs, middle * reach)])


def _y_axis(values: Sequence[float]) -> dict[str, Any]:
    return log_axis(values) if spans_widely(values, FACTOR) else _from(values)


def _from(values: Sequence[float]) -> dict[str, Any]:
    low, high = min(values), max(values)
    pad = 0.08 * (high - low) or 0.1 * abs(high) or 1.0
    return {"type": "linear", "range": [low - pad, high + pad]}


def _fraction(value: float, axis: Mapping[str, Any]) -> float:
    low, high = axis["range"]
    at = math.log10(value) if axis["type"] == "log" and value > 0 else value
    return float((at - low) / (high - low))


def _within(value: float, axis: Mapping[str, Any]) -> bool:
    return 0 <= _fraction(value, axis) <= 1 if axis["type"] != "log" or value > 0 else False
