"""How the rows on screen can be measured again."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from tdot_core.services.evaluation import EvaluationRow
from tdot_core.services.evaluation.command import commands_of


def show_commands(rows: Sequence[EvaluationRow]) -> None:
    """Show, folded, the commands that measure the rows again; nothing where no row has one."""
    commands = commands_of(rows)
    if not commands:
        return
    with st.expander("Measure these rows again", icon=":material/terminal:"):
        st.code("\n".join(commands), language="bash", wrap_lines=True)
        st.caption(
            "The same seeds give the same images. An oracle needs its data set, features of inception their weights file or a "
            "download; cifar-cnn needs neither."
        )
