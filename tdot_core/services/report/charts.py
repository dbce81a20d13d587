"""The figures of a report, interactive and with all they need."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

import plotly.graph_objects as go
import plotly.io
from plotly.offline import get_plotlyjs

from tdot_core.metrics import metrics as registered
from tdot_core.services.figures.frontier import frontier_figure
from tdot_core.services.figures.headline import headline_figure
from tdot_core.services.figures.heat import heat_figure
from tdot_core.services.figures.points import groups_of, nfe
from tdot_core.services.figures.steps import step_figure
from tdot_core.services.results.benchmark import TableRow
from tdot_core.services.results.contest import is_contestant, is_whole_chain
from tdot_core.services.results.error_split import ORACLE
from tdot_core.services.results.headline import Finding

CONFIG = {"displaylogo": False, "responsive": True, "toImageButtonOptions": {"format": "svg", "filename": "tdot"}}
WIDER = 40
"""Pixels that a reader's own fonts may need more for the names beside lines."""
Chart = tuple[str, go.Figure]
"""What a figure shows, and the figure."""


def space_charts(rows: Sequence[TableRow], metric: str) -> Iterator[Chart]:
    """Give the figures of one feature space: frontier, heat map, quality against t* with the oracle."""
    title = rows[0].row.title(metric)
    cls = registered.all()[metric]
    contestants = [item for item in rows if is_contestant(item.row)]
    whole = [item for item in rows if is_whole_chain(item.row)]
    oracles = [item for item in rows if item.row.key == ORACLE]
    groups = groups_of(contestants, metric, lambda item: nfe(item.row))
    noise = [p for points in groups_of(whole, metric, lambda item: nfe(item.row)).values() for p in points]
    axis = f"{title} ({cls.better()})"
    if groups or noise:
        calls = "network calls per image, denoiser and prior"
        yield (
            f"{title} against {calls}: a line joins what no other result of its prior beats; the thick grey line is the whole chain from noise.",
            frontier_figure(groups, noise, calls, axis, badness=cls.badness),
        )
        known = groups_of([*contestants, *whole], metric)
        yield (
            f"{title}, the best of each prior at each t*: brighter is better, the best of a column is bold, the oracle stands apart.",
            heat_figure(known, groups_of(oracles, metric), badness=cls.badness),
        )
    if oracles:
        yield (
            f"{title} against t*: the oracle's line is the denoiser's floor, what a prior has above it is the prior's error.",
            step_figure(groups_of(rows, metric), oracles[0].row.label, axis, badness=cls.badness),
        )


def result_chart(found: Sequence[Finding]) -> Chart:
    """Return the figure of the result."""
    return (
        "Each prior at its best t*, the whole chain from noise (dashed) and the oracle, at equal denoiser calls.",
        headline_figure(found),
    )


def chart_html(chart: Chart) -> str:
    """Return a figure with its caption; `plotly_script` must stand before it."""
    about, figure = chart
    if figure.layout.margin.r and figure.layout.margin.r > 100:
        figure.update_layout(margin_r=figure.layout.margin.r + WIDER)
    figure.update_layout(template="plotly_white", font={"family": "system-ui, sans-serif", "size": 12.5})
    html = plotly.io.to_html(
        figure,
        include_plotlyjs=False,
        full_html=False,
        config=CONFIG,
        default_width="100%",
        default_height=f"{figure.layout.height}px",
    )
    return f'<figure><div class="chart" role="img" aria-label="{escape(about)}">{html}</div><figcaption>{escape(about)}</figcaption></figure>'


def plotly_script() -> str:
    """Return Plotly itself as a script, so that a page asks no host for it."""
    return f"<script>{get_plotlyjs()}</script>"
