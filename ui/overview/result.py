"""What the shipped table says, in a figure and a sentence, and where to go from there."""

from __future__ import annotations

import streamlit as st

from tdot_core.services.figures.headline import headline_figure
from tdot_core.services.results.benchmark import shipped_rows
from tdot_core.services.results.headline import findings, sentence
from tdot_core.services.results.rows import EvaluationRow
from ui.page import guarded
from ui.widgets.chart import show_chart
from ui.words import plain


def show_result() -> None:
    """Show the result of the shipped table, or say that there is none."""
    st.subheader("The result", anchor=False)
    rows: list[EvaluationRow] = []
    with guarded():
        rows = [item.row for item in shipped_rows()]
    found = findings(rows)
    if not found:
        st.markdown(
            "No benchmark table ships with this copy. Evaluate some priors, and Benchmark shows how they compare."
        )
        st.page_link("pages/evaluate.py", label="Evaluate priors", icon=":material/analytics:")
        return
    with st.container(key="lead-result"):
        st.markdown(f"**{plain(sentence(found))}**")
    titles = " and ".join(finding.title for finding in found)
    show_chart(
        headline_figure(found),
        key="result",
        alt=f"The best of every prior by {titles}, beside the whole chain from noise and the oracle",
    )
    row = found[0].leader
    st.caption(
        plain(
            f"{row.dataset}, {row.nfe} denoiser calls, each prior at its best t*; hover a mark for how it was measured. Dashed: the whole "
            "chain from pure noise, which truncation is to beat. The oracle starts from noised real images: no contestant, but what a "
            "perfect prior would reach. Two feature spaces, since each alone misleads."
        )
    )


def show_next(t_star: int) -> None:
    """Show the three next clicks."""
    cards: tuple[tuple[str, str, str, str, str, dict[str, str]], ...] = (
        ("to-sample", "Compare the priors", ":material/grid_view:", "See what every prior draws from the same seeds.", "sample", {"t_star": str(t_star)}),
        ("to-features", "Look among real images", ":material/bubble_chart:", "See which corners of the data no prior reaches.", "features", {}),
        ("to-benchmark", "Weigh cost and quality", ":material/leaderboard:", "See what a network call, or a second, buys.", "benchmark", {}),
    )  # fmt: skip
    for column, (key, label, icon, text, page, query) in zip(st.columns(3), cards, strict=True):
        with column.container(border=True, height="stretch"):
            st.markdown(text)
            kind = "primary" if key == "to-sample" else "secondary"
            if st.button(label, type=kind, icon=icon, key=key, width="stretch"):  # type: ignore[arg-type]
                st.switch_page(f"pages/{page}.py", query_params=query)
