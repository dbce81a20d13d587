"""How what is on screen can be measured again."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from tdot_core.services.results.commands import commands_of
from tdot_core.services.results.rows import EvaluationRow
from tdot_core.services.runs.store import list_runs


def show_row_commands(rows: Sequence[EvaluationRow]) -> None:
    """Show, folded, the commands that measure the rows again; nothing where no row has one."""
    known = {run.id for run in list_runs()}
    there = [row for row in rows if not row.run or row.run in known]
    gone = len(rows) - len(there)
    note = f" Left out: {gone} of priors that were deleted." if gone else ""
    if commands := commands_of(there):
        show_commands(commands, note)


def show_commands(commands: Sequence[str], note: str = "") -> None:
    """Show commands, folded, that give the same numbers again."""
    with st.expander("Measure this again", icon=":material/terminal:"):
        st.code("\n".join(commands), language="bash", wrap_lines=True)
        st.caption(
            "The same seeds give the same images. An oracle needs its data set; features of inception need their weights, "
            f"by TDOT_INCEPTION or a download.{note}"
        )
