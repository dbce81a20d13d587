"""Whose error it is: the prior's error at x_{t*} and after the chain, beside the denoiser's floor."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from tdot_core.metrics import metrics
from tdot_core.services.figures.split import split_figure
from tdot_core.services.results.error_split import EXPLAINED, HEADER, Split, decompose, split_table
from tdot_core.services.results.rows import EvaluationRow
from ui.address import BIND, explain
from ui.results.table import STYLE
from ui.widgets.chart import show_chart
from ui.words import plain


def show_split(rows: Sequence[EvaluationRow], metric: str, *, by_start: bool = False) -> None:
    """Show floor + gap = observed of one metric, and the distances at x_{t*}; nothing where neither is there.

    by_start: one t_star at a time, which the reader chooses, and of each prior its best.
    """
    splits = [split for split in decompose(rows, metric) if split.observed.value is not None]
    if not any(_has_floor(split) or split.start for split in splits):
        return
    st.subheader("Whose error is it?", anchor=False)
    if by_start:
        splits = best_of_each(_of_one_start(splits))
    known = [split for split in splits if _has_floor(split)]
    if known:
        title = known[0].row.title(metric)
        show_chart(
            split_figure(known), key="e_split", alt=f"{title} of every prior as denoiser's floor and prior's error"
        )
    else:
        st.caption("The oracle was not evaluated at these settings, so the denoiser's floor is not known.")
    numbers = st.expander("In numbers", icon=":material/table_rows:") if by_start else st.container()
    numbers.html(split_html(splits))
    numbers.caption(plain(EXPLAINED))


def _has_floor(split: Split) -> bool:
    return split.floor is not None and split.floor.value is not None


def best_of_each(splits: Sequence[Split]) -> list[Split]:
    """Return each prior's best split by what is observed, those with a known floor first: a sweep has hundreds at one t_star."""
    found: dict[str, Split] = {}
    for split in splits:
        held = found.setdefault(split.row.label, split)
        if (not _has_floor(split), _badness(split)) < (not _has_floor(held), _badness(held)):
            found[split.row.label] = split
    return list(found.values())


def _badness(split: Split) -> float:
    return metrics.all()[split.metric].badness(float(split.observed.value or 0.0))


def _of_one_start(splits: Sequence[Split]) -> list[Split]:
    """Ask for t_star, those first at which something is known, and return the splits at it."""
    known = {split.row.t_star for split in splits if _has_floor(split) or split.start}
    starts = [str(t) for t in sorted(t for t in known if t is not None)]
    explain("start", known=starts)
    # The last but one, where both parts are to be seen: at small t* nearly all is the prior's.
    first = starts[-2:][0]
    start = st.segmented_control("t\\*", starts, default=first, required=True, key="start", **BIND) or first
    return [split for split in splits if str(split.row.t_star) == start]


def split_html(splits: Sequence[Split]) -> str:
    """Return the splits as an HTML table."""
    head = "".join(f"<th>{escape(text)}</th>" for text in HEADER)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(text)}</td>" for text in cells) + "</tr>" for cells in split_table(splits)
    )
    return f'{STYLE}<div class="tdot-table wide" tabindex="0"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
