"""The tour's place on top of a screen."""

from __future__ import annotations

import streamlit as st

from ui.address import asked, explain
from ui.tour.steps import STEPS

PARAMETER = "tour"


def show_tour() -> None:
    """Show the step that the address names, with the ways on, back and out; nothing when there is no tour."""
    known = [str(k) for k in range(1, len(STEPS) + 1)]
    explain(PARAMETER, known=known)
    found = asked(PARAMETER)
    if len(found) != 1 or found[0] not in known:
        return
    number = int(found[0])
    step = STEPS[number - 1]
    with st.container(border=True, key="tour"):
        st.markdown(f"**Tour, {number} of {len(STEPS)}: {step.title}**  \n{step.text}")
        with st.container(horizontal=True, vertical_alignment="center"):
            if number > 1 and st.button("Back", key="tour-back", icon=":material/arrow_back:"):
                go_to_step(number - 1)
            if number < len(STEPS) and st.button(
                "Next", key="tour-next", type="primary", icon=":material/arrow_forward:"
            ):
                go_to_step(number + 1)
            if st.button(
                "Leave the tour" if number < len(STEPS) else "Finish", key="tour-leave", icon=":material/close:"
            ):
                st.query_params.pop(PARAMETER, None)
                st.rerun()


def go_to_step(number: int) -> None:
    """Open the screen of a step, from 1."""
    step = STEPS[number - 1]
    st.switch_page(f"pages/{step.page}.py", query_params={**step.query, PARAMETER: str(number)})
