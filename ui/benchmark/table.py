"""The rows as a table: searched, with the columns one wants, ranked by what intervals tell apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from tdot_core.services.catalogue.metrics import metric_catalogue
from tdot_core.services.report.sheets import chosen_rows, draw_sheets
from tdot_core.services.results.benchmark import TableRow
from tdot_core.services.results.contest import APART
from tdot_core.services.results.export import export_rows
from tdot_core.services.results.ranks import rank_ranges
from ui import address
from ui.address import BIND
from ui.benchmark.one_row import OPENED, show_row
from ui.benchmark.rows import Choice
from ui.page import guarded
from ui.results.commands import show_row_commands
from ui.results.rows import metric_frame, number_columns, row_id, withheld, without_constants
from ui.words import plain

GRID, RANK = "bench-table", "rank"
ALWAYS = ("prior", "t*")
USUAL = (RANK, "prior", "division", "t*", "sampler", "grid", "steps", "NFE", "s/image", "from")
HEIGHT = 420
RANKED = (
    "Rank: a range where 95 % intervals do not tell rows apart, pair by pair, paired where both come from the same seeds. "
    "Without a rank: real images and the oracle, which are no contestants, and rows of a single set, whose error is unknown."
)


def show_table(choice: Choice) -> None:
    """Show the rows as a table, best first, and below it the row that was opened."""
    keys = [m.key for m in metric_catalogue() if any(m.key in item.row.metrics for item in choice.rows)]
    left, right = st.columns([4, 1.2], vertical_alignment="bottom")
    words = left.text_input(
        "Search", key="q", placeholder="a prior, a sampler, a run: every word must be found", **BIND
    )
    ordered = _best_first(choice)
    frame = metric_frame(ordered, keys)
    ranks = rank_ranges([item.row for item in ordered], choice.metric.key)
    frame.insert(0, RANK, _aligned([str(rank) if rank else "" for rank in ranks]))
    found = [k for k, item in enumerate(ordered) if _matches(item, words or "")]
    with right:
        columns = _columns(list(frame.columns), choice)
    if not found:
        st.info("No row has all of these words.", icon=":material/search_off:")
        return
    shown, shared = without_constants(frame.iloc[found][columns].reset_index(drop=True), keep=ALWAYS)
    rows = [ordered[k] for k in found]
    st.dataframe(
        shown,
        hide_index=True,
        width="stretch",
        height=min(HEIGHT, 38 + 35 * len(shown)),
        key=GRID,
        on_select=_open(rows),
        selection_mode="single-row",
        column_config=number_columns(rows, keys) | _rank_column(),
        alt="The rows of the benchmark, best first",
    )
    for why in withheld(rows):
        st.caption(f"Left out: {plain(why)}")
    opened = next((item for item in ordered if [row_id(item)] == address.asked(OPENED)), None)
    if opened is not None:
        show_row(opened)
    kept = {id(item) for item in rows}
    _below([item for item in choice.rows if id(item) in kept], shared, any(ranks), hint=opened is None)


def _best_first(choice: Choice) -> list[TableRow]:
    key, badness = choice.metric.key, choice.metric.badness

    def place(item: TableRow) -> tuple[bool, bool, float]:
        value = item.row.metrics[key].value if key in item.row.metrics else None
        return (item.row.key in APART, value is None, 0.0 if value is None else badness(value))

    return sorted(choice.rows, key=place)


def _aligned(ranks: Sequence[str]) -> list[str]:
    """Return ranks padded with figure spaces, so that a click on the heading sorts 10 after 2."""
    most = max((len(rank.partition("\N{EN DASH}")[0]) for rank in ranks), default=0)
    return [
        "\N{FIGURE SPACE}" * (most - len(rank.partition("\N{EN DASH}")[0])) + rank if rank else "" for rank in ranks
    ]


def _rank_column() -> dict[str, object]:
    return {RANK: st.column_config.TextColumn(width="small", help=RANKED)}


def _matches(item: TableRow, words: str) -> bool:
    row = item.row
    text = f"{row.label} {row.prior} {row.key} {row.sampler} {row.grid} {row.precision} {item.source} t*={row.t_star} {row.n_steps} steps"
    text = text.casefold()
    # A number is a whole word: 10 is not the beginning of 100.
    return all(word in (text.split() if word[-1].isdigit() else text) for word in words.casefold().split())


def _columns(names: list[str], choice: Choice) -> list[str]:
    """Ask which columns to show; the usual ones are the row's settings and the chosen metric."""
    title = choice.rows[0].row.title(choice.metric.key)
    usual = [name for name in names if name in (*USUAL, title, f"± {title}")]
    with st.popover("Columns", icon=":material/view_column:", width="stretch"):
        address.read("columns", "b_columns", names, usual, many=True)
        picked = st.multiselect("Columns", names, key="b_columns", label_visibility="collapsed")
        address.write("columns", "b_columns", usual)
    return [name for name in names if name in picked or name in ALWAYS]


def _open(rows: Sequence[TableRow]) -> Callable[[], None]:
    def opened() -> None:
        chosen = st.session_state[GRID].selection.rows
        address.put(**{OPENED: row_id(rows[chosen[0]]) if chosen and chosen[0] < len(rows) else None})

    return opened


def _below(rows: Sequence[TableRow], shared: dict[str, str], ranked: bool, hint: bool) -> None:
    notes = [RANKED] if ranked else ["No ranks: they need two sets or more per row (--sets 3), and at most 3,000 rows."]
    if shared:
        notes.insert(0, "All rows: " + ", ".join(f"{name} {value}" for name, value in shared.items() if value) + ".")
    st.caption(plain(" ".join(notes)))
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"), guarded():
        st.caption(
            ":material/touch_app: Tick a row's box to open its pictures, settings and command." if hint else "",
            width="stretch",
        )
        st.download_button(
            "Report",
            lambda: _report(rows),
            "tdot-report.html",
            "text/html",
            icon=":material/description:",
            key="report",
            on_click="ignore",
            help="One page with these rows, figures, pictures, commands, provenance and BibTeX. Drawing the pictures takes a while.",
        )
        st.download_button(
            "Download CSV",
            lambda: export_rows([item.row for item in rows], "csv"),
            "tdot-benchmark.csv",
            "text/csv",
            icon=":material/download:",
            key="csv",
            on_click="ignore",
        )
    show_row_commands([item.row for item in rows])


def _report(rows: Sequence[TableRow]) -> str:
    # Imported here: only a report needs Plotly's script and, for its pictures, torch.
    from tdot_core.services.report.page import report_page

    return report_page(rows, "TDOT benchmark", draw_sheets(chosen_rows([item.row for item in rows])))
