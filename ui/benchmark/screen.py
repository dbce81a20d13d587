"""The Benchmark screen: its tabs, each computed only while it is open, the open one in the address."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from ui.address import BIND, explain
from ui.benchmark.floor import show_floor
from ui.benchmark.frontier import show_frontier
from ui.benchmark.heat import show_heat
from ui.benchmark.rows import Choice, choose_rows, load_rows
from ui.benchmark.sweeps import show_sweeps
from ui.benchmark.table import show_table
from ui.page import empty_state
from ui.results.studies import show_denoiser_loss, show_halves, show_native, show_spread

FIGURES: dict[str, Callable[[Choice], None]] = {
    "Frontier": show_frontier,
    "Heat map": show_heat,
    "Floor and gap": show_floor,
    "Table": show_table,
}


STUDIES: dict[str, Callable[[], None]] = {
    "Clustering": show_spread,
    "Lifting": show_native,
    "The denoiser's cost": show_halves,
    "The denoiser by noise": show_denoiser_loss,
}


def show_studies() -> None:
    """Show one of the studies that ship beside the table."""
    explain("study", known=STUDIES)
    first = next(iter(STUDIES))
    name = st.segmented_control(
        "Study", list(STUDIES), default=first, required=True, key="study", label_visibility="collapsed", **BIND
    )
    STUDIES[name or first]()


OTHERS: dict[str, Callable[[], None]] = {"Studies": show_studies, "Sweeps": show_sweeps}


def show_benchmark() -> None:
    """Show the filters above the tabs that need them, and the open tab."""
    names = [*FIGURES, *OTHERS]
    explain("tab", known=names)
    filters = st.container()
    tabs = st.tabs(names, key="tab", **BIND)
    for name, tab in zip(names, tabs, strict=True):
        if not tab.open:
            continue
        if name in OTHERS:
            with tab:
                OTHERS[name]()
            continue
        with filters:
            choice = _choice()
        with tab:
            if choice is not None and choice.rows:
                FIGURES[name](choice)


def _choice() -> Choice | None:
    rows = load_rows()
    if rows:
        return choose_rows(rows)
    empty_state(
        "No results yet. An evaluation measures a few priors in minutes, and its rows appear here.",
        "Evaluate priors",
        page="pages/evaluate.py",
        key="to-evaluate",
    )
    return None
