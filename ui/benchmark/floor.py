"""The denoiser's floor and the prior's gap above it."""

from __future__ import annotations

import streamlit as st

from tdot_core.services.figures.points import groups_of
from tdot_core.services.figures.steps import step_figure
from ui.benchmark.rows import Choice
from ui.results.error_split import show_split
from ui.widgets.chart import show_chart


def show_floor(choice: Choice) -> None:
    """Show quality against t* with the oracle below, and what of each result is the denoiser's and what the prior's."""
    groups = groups_of(choice.rows, choice.metric.key)
    floor = next((item.row.label for item in choice.oracles), "")
    if not any(p.t_star is not None for points in groups.values() for p in points):
        st.caption("No row here has a chain.")
        return
    figure = step_figure(groups, floor, choice.title, badness=choice.metric.badness)
    title = choice.rows[0].row.title(choice.metric.key)
    show_chart(
        figure, key="step-figure", alt=f"{title} against t*, a line per prior, the oracle as the denoiser's floor"
    )
    st.caption(
        "The oracle starts from noised real images: its value is the denoiser's own error. What a prior has above it is the "
        "prior's. Lines join the best result at each t\\*; the others are faint. One that "
        "leaves at the top goes on there: zoom out."
        if floor
        else "Evaluate the oracle too (it needs a data set): it shows how much of the error is the denoiser's own."
    )
    show_split([item.row for item in choice.rows], choice.metric.key, by_start=True)
