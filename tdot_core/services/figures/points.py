"""Measured rows as points of a figure, each in its prior's style."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache

from tdot_core.models.extractors import own_resize
from tdot_core.services.catalogue.styles import PriorStyle, prior_style
from tdot_core.services.results.benchmark import SHIPPED, TableRow
from tdot_core.services.results.rows import EvaluationRow
from tdot_core.services.results.table import value_text

Badness = Callable[[float], float]
"""Smaller for the better of two values: float itself where lower is better."""

Groups = dict[str, list["Point"]]
"""Points by the label of their prior."""

WHISKER = "rgba(110, 118, 128, 0.95)"


@dataclass(frozen=True)
class Point:
    """One measured result. cost: calls, FLOP or seconds per image; spread: standard error or None; note: lines of the hover text."""

    label: str
    color: str
    marker: str
    dash: str
    value: float
    spread: float | None = None
    cost: float | None = None
    t_star: int | None = None
    note: str = ""


def point_of(
    item: TableRow, metric: str, cost: float | None = None, style: Callable[[str, str], PriorStyle] = prior_style
) -> Point | None:
    """Return one metric of a row as a point in its prior's style, or None when it is not measured or counts for nothing."""
    row, value = item.row, item.row.metrics.get(metric)
    if value is None or value.value is None or row.no_judge:
        return None
    look = style(row.key, row.run)
    return Point(
        row.label,
        look.color,
        look.marker,
        look.dash,
        value.value,
        value.spread,
        cost,
        row.t_star,
        hover_text(item, metric),
    )


def groups_of(
    rows: Iterable[TableRow], metric: str, cost: Callable[[TableRow], float | None] = lambda item: None
) -> Groups:
    """Return the measured points of the rows by their prior's label, in the order of the rows."""
    groups: Groups = {}
    style = cache(prior_style)  # which looks at the runs on disk
    for item in rows:
        point = point_of(item, metric, cost(item), style)
        if point is not None:
            groups.setdefault(item.row.label, []).append(point)
    return groups


def hover_text(item: TableRow, metric: str) -> str:
    """Return the lines that a reader needs to judge one number of a row."""
    row, value = item.row, item.row.metrics[metric]
    grid = "" if row.grid == "uniform" else f" on {row.grid}"
    lines = [
        f"<b>{row.label}</b>",
        f"{row.title(metric)} {value_text(value, n=False)}",
        f"t* = {row.t_star}, {row.sampler}{grid}, {row.n_steps} steps, NFE {nfe(row)}"
        if row.t_star is not None
        else "no chain",
        f"{value.n:,} images against {value.n_real:,} real ones, {value.sets} set{'s' if value.sets != 1 else ''}",
        f"{row.dataset}, {space_of(row)}",
        "ships with TDOT" if item.source == SHIPPED else f"your run {item.source}",
    ]
    return "<br>".join(lines)


def nfe(row: EvaluationRow) -> int | None:
    """Return network forwards per image, prior and chain together; None without a chain."""
    return None if row.nfe is None else row.nfe + (row.nfe_prior or 0)


def space_of(row: EvaluationRow) -> str:
    """Return the name of the feature space a row was measured in."""
    resized = "" if row.resize == own_resize(row.extractor) else f", resized as {row.resize}"
    return f"{row.extractor} {row.layer}".strip() + resized


def size_of(row: EvaluationRow) -> str:
    """Return how many images a row was measured on: sets x images per set."""
    return f"{row.sets} x {row.n:,}"


def error_bars(points: Sequence[Point], visible: bool = True) -> dict[str, object]:
    """Return Plotly's settings of error bars: the points' standard errors, none where no point has one."""
    spreads = [p.spread or 0 for p in points]
    return {
        "type": "data",
        "array": spreads,
        "thickness": 1.3,
        "width": 4,
        "color": WHISKER,
        "visible": visible and any(spreads),
    }


def pareto_front(points: Iterable[Point], badness: Badness = float) -> list[Point]:
    """Return the points that no other beats at equal or lower cost, cheapest first."""
    ranked = sorted((p for p in points if p.cost is not None), key=lambda p: (p.cost, badness(p.value)))
    front: list[Point] = []
    for point in ranked:
        if not front or badness(point.value) < badness(front[-1].value):
            front.append(point)
    return front


def best_per_step(points: Iterable[Point], badness: Badness = float) -> list[Point]:
    """Return the best point at each t*, smallest t* first."""
    found: dict[int, Point] = {}
    for point in points:
        if point.t_star is not None and (
            point.t_star not in found or badness(point.value) < badness(found[point.t_star].value)
        ):
            found[point.t_star] = point
    return [found[t] for t in sorted(found)]


def quieted(points: Iterable[Point], color: str) -> list[Point]:
    """Return the points in one quiet colour."""
    return [replace(point, color=color) for point in points]
