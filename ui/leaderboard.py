"""The shipped leaderboard, as the Overview shows it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from tdot_core.services.benchmark_table import QUALITY, TableRow, leaderboard, shipped_rows
from ui.figures.base import CONFIG
from ui.figures.quality import ranking
from ui.page import guarded, plain
from ui.rows import metric_frame, point_of, space_of

COLUMNS = (QUALITY, "recall_dist")


def show_leaderboard() -> None:
    """Show the priors of the shipped table by quality, or say that there is no table yet."""
    st.subheader("Leaderboard", anchor=False)
    board: list[TableRow] = []
    with guarded():
        board = leaderboard(shipped_rows())
        if not board:
            st.markdown(
                "No benchmark table ships with this copy. Evaluate some priors, and Benchmark shows how they compare."
            )
            st.page_link("pages/evaluate.py", label="Evaluate priors", icon=":material/analytics:")
    if board:
        _show(board)


def _show(board: list[TableRow]) -> None:
    row = board[0].row
    points = [point for item in board if (point := point_of(item, QUALITY)) is not None]
    st.plotly_chart(
        ranking(points, f"{row.title(QUALITY)} (lower is better)"), width="stretch", config=CONFIG, key="leaders"
    )
    frame = metric_frame(board, COLUMNS)
    shown = [
        "prior",
        *(name for key in COLUMNS for name in (row.title(key), f"± {row.title(key)}") if name in frame),
        "NFE",
        "s/image",
    ]
    columns: dict[str, Any] = {
        name: st.column_config.NumberColumn(format="%.3g") for name in shown if name not in ("prior", "NFE")
    }
    columns["prior"] = st.column_config.TextColumn(width="medium")  # wide enough for the longest name
    st.dataframe(frame[shown], hide_index=True, width="stretch", column_config=columns)
    spread = " ±: standard error over independent sets." if any(point.spread for point in points) else ""
    ceiling = " The oracle starts from noised real images: no prior can be expected to beat it." if any(
        item.row.key == "oracle" for item in board
    ) else ""  # fmt: skip
    st.caption(
        f"{plain(row.dataset)}, start at t\\* = {row.t_star}, {row.n_steps} {plain(row.sampler)} steps, {row.n:,} images per "
        f"prior, features of {plain(space_of(row))}, measured on {plain(row.device)} in {plain(row.precision)}.{spread}{ceiling}"
    )
    st.page_link("pages/benchmark.py", label="All results", icon=":material/leaderboard:")
