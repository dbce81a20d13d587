"""Whose error it is: the prior's error at x_{t*} and after the chain, beside the denoiser's floor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

import plotly.graph_objects as go
import streamlit as st

from tdot_core.services.evaluation import EvaluationRow, decompose
from tdot_core.services.evaluation.decomposition import EXPLAINED, HEADER, Split, split_cells
from ui.evaluate_table import STYLE
from ui.figures.base import CONFIG, QUIET, calm
from ui.page import plain
from ui.palette import prior_style
from ui.query import BIND, explain


def show_split(rows: Sequence[EvaluationRow], metric: str, *, by_start: bool = False) -> None:
    """Show floor + gap = observed of one metric, and the distances at x_{t*}; nothing where neither is there.

    by_start: one t_star at a time, which the reader chooses.
    """
    splits = [split for split in decompose(rows, metric) if split.observed.value is not None]
    if not any(_has_floor(split) or split.start for split in splits):
        return
    st.subheader("Whose error is it?", anchor=False)
    if by_start:
        splits = _of_one_start(splits)
    known = [split for split in splits if _has_floor(split)]
    if known:
        title = known[0].row.title(metric)
        st.plotly_chart(
            split_figure(known),
            key="e_split",
            config=CONFIG,
            alt=f"{title} of every prior as denoiser's floor and prior's error",
        )
    else:
        st.caption("The oracle was not evaluated at these settings, so the denoiser's floor is not known.")
    st.html(split_html(splits))
    st.caption(plain(EXPLAINED))


def _has_floor(split: Split) -> bool:
    return split.floor is not None and split.floor.value is not None


def _of_one_start(splits: Sequence[Split]) -> list[Split]:
    """Ask for t_star, those first at which something is known, and return the splits at it."""
    known = {split.row.t_star for split in splits if _has_floor(split) or split.start}
    starts = [str(t) for t in sorted(t for t in known if t is not None)]
    explain("start", known=starts)
    start = st.segmented_control("t\\*", starts, default=starts[0], required=True, key="start", **BIND) or starts[0]
    return [split for split in splits if str(split.row.t_star) == start]


def split_figure(splits: Sequence[Split]) -> go.Figure:
    """Return bars: the denoiser's floor in grey, the prior's gap above it in the prior's colour, with its interval."""
    names = bar_names(splits)
    floors = [float(split.floor.value) for split in splits]  # type: ignore[union-attr,arg-type]
    gaps = [float(split.gap.difference or 0.0) for split in splits]  # type: ignore[union-attr]
    reach = [
        0.0 if split.gap is None or split.gap.high is None else split.gap.high - float(split.gap.difference or 0.0)
        for split in splits
    ]
    figure = go.Figure([
        go.Bar(y=names, x=floors, orientation="h", name="denoiser's floor (oracle)", marker_color=QUIET),
        go.Bar(
            y=names, x=gaps, orientation="h", name="prior's error (gap), in the prior's colour", marker_color=[prior_style(s.row.key).color for s in splits],
            error_x={"type": "data", "array": reach, "visible": any(reach), "thickness": 1.3, "color": QUIET},
        ),
    ])  # fmt: skip
    figure.update_layout(barmode="relative")
    figure.update_xaxes(title=splits[0].row.title(splits[0].metric))
    figure.update_yaxes(autorange="reversed", ticksuffix="  ")
    return calm(figure, 110 + 34 * len(splits))


def bar_names(splits: Sequence[Split]) -> list[str]:
    """Return a name per split that says what tells it from the others: equal names would be one bar."""
    facts: dict[str, Callable[[EvaluationRow], str]] = {
        "t* = {}": lambda row: str(row.t_star), "{}": lambda row: row.sampler, "{} steps": lambda row: str(row.n_steps),
        "N = {}": lambda row: f"{row.sets} x {row.n:,}", "seed {}": lambda row: str(row.seed), "net {}": lambda row: row.net,
    }  # fmt: skip
    telling = {words: show for words, show in facts.items() if len({show(split.row) for split in splits}) > 1}
    names: dict[str, int] = {}
    found = []
    for split in splits:
        name = ", ".join([split.row.label, *(words.format(show(split.row)) for words, show in telling.items())])
        names[name] = names.get(name, 0) + 1
        found.append(name if names[name] == 1 else f"{name} ({names[name]})")
    return found


def split_html(splits: Sequence[Split]) -> str:
    """Return the splits as an HTML table."""
    head = "".join(f"<th>{escape(text)}</th>" for text in HEADER)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(text)}</td>" for text in split_cells(split)) + "</tr>" for split in splits
    )
    return f'{STYLE}<div class="tdot-table wide" tabindex="0"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
