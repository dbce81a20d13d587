"""The parts of the Benchmark screen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from tdot_core.services.benchmark_table import SHIPPED, TableRow, own_rows, shipped_rows
from tdot_core.services.evaluation import export_rows
from tdot_core.services.metric_catalogue import MetricInfo, metric_catalogue
from ui import address
from ui.evaluate_split import show_split
from ui.figures.base import TOOLS
from ui.figures.quality import Point, cost_figure, step_figure
from ui.page import guarded, plain
from ui.query import BIND, explain
from ui.row_commands import show_row_commands
from ui.rows import metric_frame, nfe, point_of, size_of, space_of, told_apart, without_constants

FLOOR_KEY = "oracle"
NFE, SECONDS = "NFE", "Seconds"
ANY_SIZE = "any"
SIZE_HELP = "Sets x images per set. A Fréchet distance falls as the number of images grows: only equal ones compare."
COSTS = {NFE: "network calls per image (NFE)", SECONDS: "seconds per image"}


@dataclass(frozen=True)
class Choice:
    """The rows that pass the filters, and the metric to show."""

    rows: list[TableRow]
    metric: MetricInfo

    @property
    def title(self) -> str:
        """Return the metric's name on these rows' features, with its better direction."""
        return f"{self.rows[0].row.title(self.metric.key)} ({self.metric.better})"


def load_rows() -> list[TableRow]:
    """Return the shipped rows and the user's own, under names that tell them apart; a damaged shipped table is said on screen."""
    shipped: list[TableRow] = []
    with guarded():
        shipped = shipped_rows()
    return told_apart(shipped + own_rows())


def choose_rows(rows: list[TableRow]) -> Choice:
    """Show the filters, whose state is in the address, and return what they leave."""
    spaces = _ordered(f"{item.row.dataset}, {space_of(item.row)}" for item in rows)
    metrics = {m.label: m for m in metric_catalogue() if any(m.key in item.row.metrics for item in rows)}
    # Priors and samplers of all rows: options that went with another choice would come back unchosen.
    samplers = _ordered(item.row.sampler for item in rows if item.row.sampler)
    labels = _ordered(item.row.label for item in rows)
    for name, known in {"space": spaces, "metric": metrics, "sampler": samplers, "prior": labels}.items():
        explain(name, known=known)
    first, second, third, fourth = st.columns([3, 2, 2, 3], gap="medium")
    space = first.selectbox("Data set and features", spaces, key="space", **BIND)
    metric = second.selectbox("Metric", list(metrics), key="metric", **BIND)
    in_space = [item for item in rows if f"{item.row.dataset}, {space_of(item.row)}" == space]
    with third:
        size = _ask_size(in_space)
    kept = (
        fourth.pills("Samplers", samplers, selection_mode="multi", default=samplers, key="sampler", **BIND)
        if samplers
        else []
    )
    shown = st.pills("Priors", labels, selection_mode="multi", default=labels, key="prior", **BIND)
    asked = [
        item for item in in_space if item.row.label in shown and (item.row.sampler in kept or not item.row.sampler)
    ]
    left = [item for item in asked if size in (ANY_SIZE, size_of(item.row))]
    if len(asked) > len(left):
        st.caption(
            f"Left out, as they were measured on other numbers of images: {len(asked) - len(left)} (choose under Images)."
        )
    if not left:
        st.info("Nothing is left: no row has these priors, samplers and images.", icon=":material/filter_alt:")
    return Choice(left, metrics[metric])


def _ask_size(rows: list[TableRow]) -> str:
    """Ask for the number of images; first comes the one of most shipped rows, of equally many the largest."""
    counts = Counter(size_of(item.row) for item in rows if item.source == SHIPPED)
    largest = {size_of(item.row): item.row.sets * item.row.n for item in rows}
    sizes = [*sorted(largest, key=lambda size: (-counts[size], -largest[size])), ANY_SIZE]
    address.read("size", "b_size", sizes, sizes[:1])
    size = st.selectbox("Images", sizes, key="b_size", help=SIZE_HELP)
    address.write("size", "b_size", sizes[:1])
    return size or sizes[0]


def show_cost(choice: Choice) -> None:
    """Show quality against network calls or seconds, with the front of what no other result beats."""
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    left.subheader("Quality against cost", anchor=False)
    explain("cost", known=COSTS)
    with right.container(horizontal_alignment="right"):
        cost = st.segmented_control(
            "Cost", list(COSTS), default=NFE, required=True, key="cost", label_visibility="collapsed", **BIND
        )
    cost = cost or NFE  # an empty parameter in the address empties even a required choice
    groups = _groups(choice, lambda item: item.row.seconds if cost == SECONDS else nfe(item.row))
    if not any(p.cost is not None for points in groups.values() for p in points):
        st.caption(f"No row here has both {plain(choice.metric.label)} and {COSTS[cost]}.")
        return
    figure = cost_figure(groups, COSTS[cost], choice.title, badness=choice.metric.badness)
    st.plotly_chart(figure, width="stretch", config=TOOLS, key="cost-figure")
    if cost == SECONDS:
        devices = ", ".join(sorted({item.row.device for item in choice.rows if item.row.seconds is not None}))
        st.caption(f"Seconds were measured on {plain(devices)}; compare them only on one machine.")


def show_steps(choice: Choice) -> None:
    """Show quality against t*, with the oracle as what a perfect prior would reach."""
    st.subheader("Prior error and denoiser floor", anchor=False)
    groups = _groups(choice, lambda item: None)
    floor = next((item.row.label for item in choice.rows if item.row.key == FLOOR_KEY), "")
    if not any(p.t_star is not None for points in groups.values() for p in points):
        st.caption("No row here has a chain.")
        return
    figure = step_figure(groups, floor, choice.title, badness=choice.metric.badness)
    st.plotly_chart(figure, width="stretch", config=TOOLS, key="step-figure")
    st.caption(
        "The oracle starts from noised real images: its value is the denoiser's own error. What a prior has above it is the "
        "prior's. Lines join the best result at each t\\*; the others are faint." if floor else
        "Evaluate the oracle too (it needs a data set): it shows how much of the error is the denoiser's own."
    )  # fmt: skip


def show_shares(choice: Choice) -> None:
    """Show what of each result is the denoiser's floor and what the prior's error, where the oracle was evaluated alike."""
    show_split([item.row for item in choice.rows], choice.metric.key, by_start=True)


def show_table(choice: Choice) -> None:
    """Show the rows as a table with a CSV download."""
    st.subheader("Table", anchor=False)
    if not choice.rows:
        return
    keys = [m.key for m in metric_catalogue() if any(m.key in item.row.metrics for item in choice.rows)]
    frame, shared = without_constants(metric_frame(choice.rows, keys), keep=("prior", "t*"))
    columns: dict[str, Any] = {
        name: st.column_config.NumberColumn(format="%.4g") for name in frame.columns if frame[name].dtype == float
    }
    columns["prior"] = st.column_config.TextColumn(width="medium")  # wide enough for the longest name
    st.dataframe(frame, hide_index=True, width="stretch", column_config=columns)
    if shared:
        st.caption("All rows: " + ", ".join(f"{plain(name)} {plain(value)}" for name, value in shared.items()) + ".")
    with guarded():
        csv = export_rows([item.row for item in choice.rows], "csv")
        st.download_button("Download CSV", csv, "tdot-benchmark.csv", "text/csv", icon=":material/download:", key="csv")
    show_row_commands([item.row for item in choice.rows])


def _groups(choice: Choice, cost: Callable[[TableRow], float | None]) -> dict[str, list[Point]]:
    groups: dict[str, list[Point]] = {}
    for item in choice.rows:
        point = point_of(item, choice.metric.key, cost(item))
        if point is not None:
            groups.setdefault(item.row.label, []).append(point)
    return groups


def _ordered(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
