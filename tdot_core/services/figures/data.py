"""The numbers behind a figure, as a table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

Line = dict[str, Any]


def figure_data(figure: go.Figure) -> pd.DataFrame:
    """Return one line per mark that can be pointed at: its trace, x, y, error, and what pointing at it says.

    measure: the title of the mark's own axis, where the figure has several panels that show different things.
    """
    shown = [trace for trace in figure.data if trace.hoverinfo != "skip"]
    lines = [{"measure": _measure(figure, trace), **line} for trace in shown for line in _lines(trace)]
    frame = pd.DataFrame(lines)
    if not len(frame):
        return frame
    frame = frame if frame["measure"].nunique() > 1 else frame.drop(columns="measure")
    return frame.dropna(axis="columns", how="all")


def _measure(figure: go.Figure, trace: Any) -> str:
    """Return the title of the y axis that a trace belongs to, or where that has none, of its x axis."""
    names = [(trace[letter + "axis"] or letter).replace(letter, letter + "axis", 1) for letter in "yx"]
    return next((title for name in names if (title := figure.layout[name].title.text)), "")


def _lines(trace: Any) -> Iterator[Line]:
    if trace.type == "heatmap":
        yield from _cells(trace)
        return
    lying = getattr(trace, "orientation", None) == "h"
    error = trace.error_x if trace.error_x.array is not None else trace.error_y
    n = len(trace.x) if trace.x is not None else 0
    for k in range(n):
        x, y = trace.x[k], trace.y[k]
        yield {
            "series": trace.name,
            "x": y if lying else x,
            "y": x if lying else y,
            "error": _at(error.array, k),
            "about": _plain(_at(trace.hovertext, k)),
        }


def _cells(trace: Any) -> Iterator[Line]:
    for i, name in enumerate(trace.y):
        for k, x in enumerate(trace.x):
            if trace.text[i][k]:
                yield {
                    "series": name,
                    "x": x,
                    "y": float(_plain(trace.text[i][k]).replace(",", "")),
                    "error": None,
                    "about": _plain(trace.hovertext[i][k]),
                }


def _at(values: Sequence[Any] | None, k: int) -> Any:
    return None if values is None or isinstance(values, str) or len(values) <= k else values[k]


def _plain(text: str | None) -> str:
    return re.sub(r"<[^>]*>", "", (text or "").replace("<br>", "; "))
