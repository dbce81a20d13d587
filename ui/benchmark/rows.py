"""Which rows the Benchmark screen shows: its filters, all of them in the address."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import streamlit as st

from tdot_core.services.catalogue.metrics import MetricInfo, metric_catalogue
from tdot_core.services.figures.points import nfe, size_of, space_of
from tdot_core.services.results.benchmark import SHIPPED, TableRow, own_rows, shipped_rows, table_path
from tdot_core.services.results.contest import is_contestant, is_whole_chain
from tdot_core.services.results.error_split import ORACLE
from tdot_core.services.results.rows import rows_path
from tdot_core.services.runs.store import list_runs
from ui import address
from ui.address import BIND, explain
from ui.page import guarded
from ui.results.rows import told_apart

ANY = "any"
SIZE_HELP = "Sets x images per set. A Fréchet distance falls as the number of images grows: only equal ones compare."


@dataclass(frozen=True)
class Choice:
    """The rows that pass the filters, and the metric to show."""

    rows: list[TableRow]
    metric: MetricInfo

    @property
    def title(self) -> str:
        """Return the metric's name on these rows' features, with its better direction."""
        return f"{self.rows[0].row.title(self.metric.key)} ({self.metric.better})"

    @property
    def contestants(self) -> list[TableRow]:
        """Return the rows that compete: neither real images, nor the oracle, nor whole chains from noise."""
        return [item for item in self.rows if is_contestant(item.row)]

    @property
    def whole_chains(self) -> list[TableRow]:
        """Return the rows that start from pure noise at t* = T: what truncation is to beat."""
        return [item for item in self.rows if is_whole_chain(item.row)]

    @property
    def oracles(self) -> list[TableRow]:
        """Return the oracle's rows: what a perfect prior would reach."""
        return [item for item in self.rows if item.row.key == ORACLE]


def load_rows() -> list[TableRow]:
    """Return the shipped rows and the user's own, under names that tell them apart; a damaged shipped table is said on screen."""
    files = [table_path(), *(rows_path(run) for run in list_runs("evaluation"))]
    stamp = tuple((str(path), path.stat().st_mtime_ns) for path in files if path.exists())
    with guarded():
        return _shipped_and_own(stamp)
    return told_apart(own_rows())


@st.cache_resource(max_entries=2, show_spinner="Reading the rows")
def _shipped_and_own(stamp: tuple[tuple[str, int], ...]) -> list[TableRow]:
    return told_apart(shipped_rows() + own_rows())


def choose_rows(rows: list[TableRow]) -> Choice:
    """Show the filters, whose state is in the address, and return what they leave."""
    spaces = _ordered(f"{item.row.dataset}, {space_of(item.row)}" for item in rows)
    metrics = {m.label: m for m in metric_catalogue() if any(m.key in item.row.metrics for item in rows)}
    explain("space", known=spaces)
    explain("metric", known=metrics)
    first, second, third, fourth = st.columns([3, 2, 2, 1.4], gap="small", vertical_alignment="bottom")
    space = first.selectbox("Data set and features", spaces, key="space", **BIND)
    metric = second.selectbox("Metric", list(metrics), key="metric", help="Its definition: Method, Metrics", **BIND)
    in_space = [item for item in rows if f"{item.row.dataset}, {space_of(item.row)}" == space]
    with third:
        size = _ask_size(in_space)
    with fourth:
        asked = _filtered(rows, in_space)
    left = [item for item in asked if size in (ANY, size_of(item.row))]
    if len(asked) > len(left):
        st.caption(
            f"Left out, as they were measured on other numbers of images: {len(asked) - len(left)} (choose under Images)."
        )
    if not left:
        st.info(
            "Nothing is left: no row has these priors, samplers, grids, calls and images.", icon=":material/filter_alt:"
        )
    return Choice(left, metrics[metric])


def _filtered(rows: list[TableRow], in_space: list[TableRow]) -> list[TableRow]:
    """Show the less usual filters, folded, and return what they leave of a space's rows.

    Their options are those of all rows: options that went with another choice would come back unchosen.
    """
    samplers = _ordered(item.row.sampler for item in rows if item.row.sampler)
    grids = _ordered(item.row.grid for item in rows)
    labels = _ordered(item.row.label for item in rows)
    calls = [str(n) for n in sorted({nfe(item.row) or 0 for item in rows} - {0})]
    with st.popover("Filter", icon=":material/filter_alt:", width="stretch"):
        for name, known in {"sampler": samplers, "prior": labels, "grid": grids, "calls": [ANY, *calls]}.items():
            explain(name, known=known)
        shown = st.pills("Priors", labels, selection_mode="multi", default=labels, key="prior", **BIND)
        kept = _several("Samplers", samplers, "sampler")
        on = _several("Time grids", grids, "grid")
        most = st.selectbox("Calls per image, at most", [ANY, *calls], key="calls", **BIND)
    return [
        item
        for item in in_space
        if item.row.label in shown
        and (item.row.t_star is None or (item.row.sampler in kept and item.row.grid in on))
        and (most == ANY or (nfe(item.row) or 0) <= int(most))
    ]


def _several(label: str, options: list[str], key: str) -> list[str]:
    if not options:
        return []
    return list(st.pills(label, options, selection_mode="multi", default=options, key=key, **BIND))


def _ask_size(rows: list[TableRow]) -> str:
    """Ask for the number of images; first comes the one of most shipped rows, of equally many the largest."""
    counts = Counter(size_of(item.row) for item in rows if item.source == SHIPPED)
    largest = {size_of(item.row): item.row.sets * item.row.n for item in rows}
    sizes = [*sorted(largest, key=lambda size: (-counts[size], -largest[size])), ANY]
    address.read("size", "b_size", sizes, sizes[:1])
    size = st.selectbox("Images", sizes, key="b_size", help=SIZE_HELP)
    address.write("size", "b_size", sizes[:1])
    return size or sizes[0]


def _ordered(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
