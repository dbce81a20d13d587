"""Quality against calls, FLOP or seconds."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from tdot_core.services.figures.frontier import frontier_figure
from tdot_core.services.figures.points import groups_of, nfe
from tdot_core.services.results.benchmark import TableRow
from tdot_core.services.results.published import MEASURE, PUBLISHED
from ui.address import BIND, explain
from ui.benchmark.flop import gigaflop
from ui.benchmark.rows import Choice
from ui.widgets.chart import show_chart
from ui.words import plain

CALLS, FLOP, SECONDS = "Calls", "FLOP", "Seconds"
COSTS = {
    CALLS: "network calls per image, denoiser and prior",
    FLOP: "GFLOP per image, denoiser and prior",
    SECONDS: "seconds per image",
}
PRICES: dict[str, Callable[[TableRow], float | None]] = {
    CALLS: lambda item: nfe(item.row),
    FLOP: gigaflop,
    SECONDS: lambda item: item.row.seconds,
}
SAME_MEASURE = ("cifar10", "inception", "2048")


def show_frontier(choice: Choice) -> None:
    """Show the best of every prior at each cost beside the whole chain from noise."""
    cost, published = _controls(choice)
    price = PRICES[cost]
    groups = groups_of(choice.contestants, choice.metric.key, price)
    noise = [p for points in groups_of(choice.whole_chains, choice.metric.key, price).values() for p in points]
    if not any(p.cost is not None for p in [*noise, *(p for points in groups.values() for p in points)]):
        st.caption(f"No row here has both {plain(choice.metric.label)} and {COSTS[cost]}.")
        return
    first = choice.rows[0].row
    figure = frontier_figure(
        groups,
        noise,
        COSTS[cost],
        choice.title,
        badness=choice.metric.badness,
        published=PUBLISHED if published else (),
        panel=not _same_measure(choice),
    )
    show_chart(figure, key="frontier", alt=f"{first.title(choice.metric.key)} against {COSTS[cost]}, a line per prior")
    st.caption(plain(_reading(choice, cost, figure.layout.meta["hidden"], bool(noise))))
    if published:
        st.caption(
            f"Hollow: {MEASURE} as published, of another and larger network. "
            + "; ".join(f"{system}: {where}" for system, where in {p.system: p.where for p in PUBLISHED}.items())
        )


def _controls(choice: Choice) -> tuple[str, bool]:
    explain("cost", known=COSTS)
    left, right = st.columns([1, 1], vertical_alignment="center")
    cost = left.segmented_control(
        "Cost", list(COSTS), default=CALLS, required=True, key="cost", label_visibility="collapsed", **BIND
    )
    with right.container(horizontal_alignment="right"):
        published = st.toggle(
            "Published systems",
            key="published",
            disabled=cost != CALLS,
            help=f"TDPM and ES-DDPM on CIFAR-10, by {MEASURE}: other networks and another measure, on an axis of their own.",
            **BIND,
        )
    return cost or CALLS, bool(published) and cost == CALLS


def _same_measure(choice: Choice) -> bool:
    row = choice.rows[0].row
    return choice.metric.key == "fd" and (row.dataset, row.extractor, row.layer) == SAME_MEASURE


def _reading(choice: Choice, cost: str, hidden: int, noise: bool) -> str:
    parts = ["A line joins what no other result of its prior beats at equal or lower cost; the others are faint."]
    parts += (
        ["The thick grey line is the whole chain from pure noise: what lies on its better side beats it."]
        if noise
        else []
    )
    parts += [f"{hidden} faint marks are worse than what the axis shows."] if hidden else []
    if choice.oracles:
        parts.append("The oracle, which starts from noised real images, is no contestant: see Floor and gap.")
    if cost == FLOP:
        parts.append("Operations of matrix products and convolutions, a multiplication and an addition counted as two.")
    if cost == SECONDS:
        devices = ", ".join(sorted({item.row.device for item in choice.rows if item.row.seconds is not None}))
        parts.append(f"Seconds were measured on {devices}; compare them only on one machine.")
    return " ".join(parts)
