"""The figure of an evaluation: one metric of every prior, with error bars."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from tdot_core.metrics import metrics
from tdot_core.services.results.rows import EvaluationRow
from ui.figures.base import QUIET, calm
from ui.palette import DASHES, prior_style

Line = tuple[str, str]


def comparison(rows: Sequence[EvaluationRow], key: str, *, log: bool = False) -> go.Figure:
    """Return one metric against t* (a line per prior and sampler), or prior by prior where there is a single t*.

    Bars are standard errors over independent sets. Rows that are not measured are left out. A dotted line marks real images.
    """
    measured = [row for row in rows if key in row.metrics and row.metrics[key].value is not None]
    drawn = [row for row in measured if row.t_star is not None]
    several = len({row.t_star for row in drawn}) > 1
    samplers = list(dict.fromkeys(row.sampler for row in drawn))
    lines: dict[Line, list[EvaluationRow]] = {}
    for row in drawn:
        lines.setdefault((row.prior, row.sampler), []).append(row)
    figure = go.Figure([_trace(line, key, samplers, several=several) for line in lines.values()])
    for row in measured:
        if row.t_star is None:
            figure.add_hline(
                y=row.metrics[key].value,
                line={"color": QUIET, "dash": "dot"},
                annotation_text=row.label,
                annotation_position="top",
            )
    _axes(figure, measured, key, several=several, log=log)
    return calm(figure, 400)


def _trace(line: list[EvaluationRow], key: str, samplers: list[str], *, several: bool) -> go.Scatter:
    first = line[0]
    style, k = prior_style(first.key, first.run), samplers.index(first.sampler)
    name = first.label if len(samplers) == 1 else f"{first.label}, {first.sampler}"
    line = sorted(line, key=lambda row: row.t_star or 0)
    values = [row.metrics[key] for row in line]
    return go.Scatter(
        x=[row.t_star if several else name for row in line],
        y=[value.value for value in values],
        name=name,
        mode="lines+markers" if several else "markers",
        error_y={
            "type": "data",
            "array": [value.spread or 0.0 for value in values],
            "visible": any(v.spread for v in values),
        },
        marker={"color": style.color, "symbol": style.marker, "size": 11},
        line={"color": style.color, "dash": style.dash if len(samplers) == 1 else DASHES[k % len(DASHES)]},
        text=[_hover(row, key) for row in line],
        hovertemplate="%{text}<extra></extra>",
        showlegend=several,
    )


def _hover(row: EvaluationRow, key: str) -> str:
    value = row.metrics[key]
    spread = "" if value.spread is None else f" ± {value.spread:.2g}"
    return f"<b>{row.label}</b><br>{row.title(key)} {value.value:.4g}{spread}<br>t* = {row.t_star}, {row.sampler}, {row.n_steps} steps, n = {value.n:,} x {value.sets}"


def _axes(figure: go.Figure, rows: Sequence[EvaluationRow], key: str, *, several: bool, log: bool) -> None:
    better = f" ({metrics.all()[key].better()})" if key in metrics.all() else ""
    title = (rows[0].title(key) if rows else key) + better
    figure.update_yaxes(title=title, type="log" if log else "linear", rangemode="normal" if log else "tozero")
    if several:
        steps = sorted({row.t_star for row in rows if row.t_star is not None})
        figure.update_xaxes(title="truncation step t*", type="log", tickvals=steps, ticktext=[str(t) for t in steps])
