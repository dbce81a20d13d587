"""The result in a figure: every prior's best start, the whole chain to beat, and the oracle apart, in two feature spaces."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from tdot_core.services.catalogue.styles import PriorStyle, prior_style
from tdot_core.services.figures.base import calm
from tdot_core.services.figures.points import WHISKER
from tdot_core.services.results.digits import number_text
from tdot_core.services.results.headline import QUALITY, Finding, distance
from tdot_core.services.results.rows import EvaluationRow

CHAIN, CEILING, GAP = "Whole chain from noise", "Oracle: real images, noised", " "
ROW = 32
"""Pixels of a line."""


def headline_figure(found: Sequence[Finding]) -> go.Figure:
    """Return one panel per finding: a mark per prior, a line through what the whole chain reaches, the oracle hollow below.

    Raises ValueError for no finding.
    """
    figure = make_subplots(1, len(found), horizontal_spacing=0.07)
    names = list(dict.fromkeys(row.label for finding in found for row in finding.best))
    shown = [*names, GAP, CHAIN, CEILING]
    for k, finding in enumerate(found, 1):
        _panel(figure, finding, k)
        figure.update_xaxes(title_text=f"{finding.title} (lower is better)", row=1, col=k, **_range(finding))
        figure.update_yaxes(
            categoryorder="array",
            categoryarray=shown[::-1],
            range=[-0.6, len(shown) - 0.4],
            type="category",
            ticksuffix="  ",
            showticklabels=k == 1,
            showgrid=True,
            row=1,
            col=k,
        )
    calm(figure, 66 + ROW * len(shown))
    return figure.update_layout(showlegend=False, margin_t=8)


def _panel(figure: go.Figure, finding: Finding, k: int) -> None:
    chain = PriorStyle(WHISKER, "line-ns-open", "solid")
    lines = [(row.label, row, prior_style(row.key, row.run)) for row in finding.best]
    lines.append((CHAIN, finding.chain, chain))
    if finding.oracle is not None:
        lines.append((CEILING, finding.oracle, PriorStyle(WHISKER, "circle-open", "dot")))
    for name, row, style in lines:
        spread = row.metrics[QUALITY].spread or 0.0
        figure.add_scatter(
            x=[distance(row)],
            y=[name],
            mode="markers+text",
            name=name,
            text=[f"  {number_text(distance(row), finding.places)}  "],
            textposition=_side(finding, row),
            cliponaxis=False,
            error_x={"type": "data", "array": [spread], "visible": spread > 0, "color": WHISKER, "width": 4},
            marker={
                "color": style.color,
                "symbol": style.marker,
                "size": 12,
                "line": {"width": 2, "color": style.color},
            },
            hovertext=[_about(finding, row)],
            hoverinfo="text",
            row=1,
            col=k,
        )
    # Last: Plotly draws no line into a panel that is still empty.
    figure.add_vline(x=distance(finding.chain), line={"color": WHISKER, "width": 2, "dash": "dash"}, row=1, col=k)


def _side(finding: Finding, row: EvaluationRow) -> str:
    """Return where a mark's number stands: away from the line of the whole chain, unless the axis is too near."""
    near_axis = distance(row) < 0.2 * max(distance(one) for one in finding.best)
    return "middle left" if distance(row) < distance(finding.chain) and not near_axis else "middle right"


def _about(finding: Finding, row: EvaluationRow) -> str:
    calls = f"{row.nfe} calls" + (f" and {row.nfe_prior} of the prior" if row.nfe_prior else "")
    return f"<b>{row.label}</b><br>{finding.title} {finding.text(row)}<br>t* = {row.t_star}, {row.sampler}, {calls}<br>{row.sets} x {row.n:,} images"


def _range(finding: Finding) -> dict[str, object]:
    """Return an axis from zero with room for the largest value's own number."""
    rows = [*finding.best, finding.chain, *([finding.oracle] if finding.oracle else [])]
    return {"range": [0, 1.16 * max(distance(row) for row in rows)], "showgrid": True}
