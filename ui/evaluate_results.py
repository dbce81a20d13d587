"""The rows of one evaluation: table, figure and downloads."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from tdot_core.services.evaluation import EvaluationRow, export_rows
from tdot_core.services.evaluation.table import lay_out, metric_columns
from tdot_core.services.runs.store import Run
from ui import address
from ui.evaluate_figure import comparison
from ui.evaluate_table import caption, ordered, results_html
from ui.figures.base import TOOLS
from ui.page import plain
from ui.query import BIND

AS_ASKED = "order"
FILES = {
    "csv": ("CSV", "csv", "text/csv"),
    "markdown": ("Markdown", "md", "text/markdown"),
    "latex": ("LaTeX", "tex", "text/x-tex"),
}


def results(run: Run, rows: Sequence[EvaluationRow]) -> None:
    """Show the rows that are there, in the order asked for, with the figure of one metric and the downloads."""
    titles = dict(metric_columns(rows))
    left, right = st.columns([1, 2], vertical_alignment="bottom")
    with left:
        by = _order(titles)
    with right:
        _downloads(run, rows)
    st.html(results_html(ordered(rows, by)))
    st.caption(plain(caption(rows)))
    if notes := lay_out(rows, n=False).notes:
        with st.expander(f"Notes ({len(notes)})", key="e_notes", expanded=any(not row.measured for row in rows)):
            st.markdown("\n".join(f"- {plain(note)}" for note in notes))
    _chart(rows, titles)


def _order(titles: dict[str, str]) -> str | None:
    names = {AS_ASKED: "As asked"} | {key: f"{title}, best first" for key, title in titles.items()}
    address.read("sort", "e_sort", names, [AS_ASKED])
    by = st.selectbox("Order of rows", list(names), key="e_sort", format_func=lambda n: names.get(n, n))
    address.write("sort", "e_sort", [AS_ASKED])
    return None if by == AS_ASKED else by


def _chart(rows: Sequence[EvaluationRow], titles: dict[str, str]) -> None:
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    first = next(iter(titles))
    with left:
        address.read("metric-shown", "e_shown", titles, [first])
        key = st.selectbox("Compare by", list(titles), key="e_shown", format_func=lambda k: titles.get(k, k))
        address.write("metric-shown", "e_shown", [first])
    log = right.toggle("Log scale", key="e_log", **BIND)
    if not any(key in row.metrics and row.metrics[key].value is not None for row in rows):
        st.caption(f"{titles[key]} is not measured in any row; the notes say why.")
        return
    st.plotly_chart(
        comparison(rows, key, log=log), key="e_chart", config=TOOLS, alt=f"{titles[key]} of every prior with error bars"
    )
    if any(row.metrics[key].spread for row in rows if key in row.metrics):
        st.caption("Error bars: standard error of the mean over independent sets.")


def _downloads(run: Run, rows: Sequence[EvaluationRow]) -> None:
    with st.container(horizontal=True, horizontal_alignment="right"):
        for name, (label, ending, mime) in FILES.items():
            st.download_button(
                label,
                export_rows(rows, name),
                f"{run.id}.{ending}",
                mime,
                key=f"e_file_{name}",
                icon=":material/download:",
                on_click="ignore",
            )
