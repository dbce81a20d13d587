"""Every prior at every t*."""

from __future__ import annotations

import streamlit as st

from tdot_core.services.figures.heat import heat_figure
from tdot_core.services.figures.points import groups_of
from ui.benchmark.rows import Choice
from ui.widgets.chart import show_chart
from ui.words import plain


def show_heat(choice: Choice) -> None:
    """Show the best value of each prior at each t* as a map, the oracle apart."""
    rows = [*choice.contestants, *choice.whole_chains]
    groups, apart = groups_of(rows, choice.metric.key), groups_of(choice.oracles, choice.metric.key)
    if not groups:
        st.caption(f"No row here has {plain(choice.metric.label)} and a chain.")
        return
    figure = heat_figure(groups, apart, badness=choice.metric.badness)
    title = choice.rows[0].row.title(choice.metric.key)
    show_chart(figure, key="heat", alt=f"{title} of every prior at every t*, best of its samplers and steps")
    better = {"lower": "a lower", "higher": "a higher"}.get(choice.metric.direction, "a closer to zero")
    st.caption(
        plain(
            f"{title}: each cell is the best of the prior's rows at that t*; which sampler, grid and steps, and the error, "
            f"are said on hover. Brighter is better ({better} value); the best of each t* is bold. Empty: not measured."
            + (" The oracle starts from noised real images and is no contestant." if apart else "")
        )
    )
