"""The rows of one evaluation: table, figure and downloads."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from tdot_core.errors import TdotError
from tdot_core.services.evaluation.spec import EvaluationSpec
from tdot_core.services.results.commands import command_of
from tdot_core.services.results.export import export_bytes
from tdot_core.services.results.rows import EvaluationRow
from tdot_core.services.results.table import by_space, lay_out, metric_columns
from tdot_core.services.runs.store import Run
from ui import address
from ui.address import BIND
from ui.results.commands import show_commands
from ui.results.comparison import show_comparison
from ui.results.copies import show_copies
from ui.results.error_split import show_split
from ui.results.figure import comparison
from ui.results.table import caption, ordered, results_html
from ui.returning import note
from ui.widgets.chart import show_chart
from ui.words import plain

AS_ASKED = "order"
FILES = {
    "csv": ("CSV", "csv", "text/csv"),
    "parquet": ("Parquet", "parquet", "application/vnd.apache.parquet"),
    "markdown": ("Markdown", "md", "text/markdown"),
    "latex": ("LaTeX", "tex", "text/x-tex"),
    "bibtex": ("BibTeX", "bib", "text/x-bibtex"),
}


def results(run: Run, rows: Sequence[EvaluationRow]) -> None:
    """Show the rows that are there, space by space: table, figure, comparison, whose error it is, possible copies, the command."""
    _downloads(run, rows)
    spaces = by_space(rows)
    shown = _space(spaces)
    titles = dict(metric_columns(shown))
    by = _order(titles)
    st.html(results_html(ordered(shown, by)))
    st.caption(plain(caption(shown)))
    if notes := lay_out(shown, n=False).notes:
        with st.expander(f"Notes ({len(notes)})", key="e_notes", expanded=any(not row.measured for row in shown)):
            st.markdown("\n".join(f"- {plain(note)}" for note in notes))
    key = _chart(shown, titles)
    show_comparison(shown)
    show_split(shown, key)
    show_copies(shown)
    show_commands([command_of(EvaluationSpec.from_plain(run.config).plain())])


def _space(spaces: list[list[EvaluationRow]]) -> list[EvaluationRow]:
    """Show the choice of feature space where there are several; values of two spaces cannot be compared."""
    if len(spaces) == 1:
        return spaces[0]
    names = {f"{rows[0].extractor}:{rows[0].layer}": rows for rows in spaces}
    first = next(iter(names))
    address.read("space", "e_shown_space", names, [first])
    name = st.segmented_control(
        "Feature space",
        list(names),
        key="e_shown_space",
        required=True,
        format_func=lambda n: f"{names[n][0].extractor} {names[n][0].layer}" if n in names else n,
        help="Each layer is a scale of its own: shallow ones see colour and texture, deep ones objects.",
    )
    address.write("space", "e_shown_space", [first])
    return names.get(name or first, spaces[0])


def _order(titles: dict[str, str]) -> str | None:
    names = {AS_ASKED: "As asked"} | {key: f"{title}, best first" for key, title in titles.items()}
    address.read("sort", "e_sort", names, [AS_ASKED])
    by = st.selectbox("Order of rows", list(names), key="e_sort", format_func=lambda n: names.get(n, n))
    address.write("sort", "e_sort", [AS_ASKED])
    return None if by == AS_ASKED else by


def _chart(rows: Sequence[EvaluationRow], titles: dict[str, str]) -> str:
    """Show one metric of every row and return its key."""
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    first = next(iter(titles))
    with left:
        address.read("metric-shown", "e_shown", titles, [first])
        key = st.selectbox("Compare by", list(titles), key="e_shown", format_func=lambda k: titles.get(k, k))
        address.write("metric-shown", "e_shown", [first])
    log = right.toggle("Log scale", key="e_log", **BIND)
    note()
    if not any(key in row.metrics and row.metrics[key].value is not None for row in rows):
        st.caption(f"{plain(titles[key])} is not measured in any row; the notes say why.")
        return key
    show_chart(comparison(rows, key, log=log), key="e_chart", alt=f"{titles[key]} of every prior with error bars")
    if any(row.metrics[key].spread for row in rows if key in row.metrics):
        st.caption("Error bars: standard error of the mean over independent sets.")
    return key


def _downloads(run: Run, rows: Sequence[EvaluationRow]) -> None:
    with st.container(horizontal=True, horizontal_alignment="right"):
        for name, (label, ending, mime) in FILES.items():
            content, why = _file(rows, name)
            st.download_button(
                label,
                content,
                f"{run.id}.{ending}",
                mime,
                key=f"e_file_{name}",
                icon=":material/download:",
                on_click="ignore",
                disabled=bool(why),
                help=why or None,
            )


def _file(rows: Sequence[EvaluationRow], name: str) -> tuple[bytes, str]:
    """Return a download's content, and why there is none: a package that one format needs must not hide the others."""
    try:
        return export_bytes(rows, name), ""
    except TdotError as error:
        return b"", str(error)
