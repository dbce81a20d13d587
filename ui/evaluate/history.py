"""Earlier evaluations: show, resume, delete."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from tdot_core.services.jobs import launcher
from tdot_core.services.runs.store import Run, hide_run
from tdot_core.services.storage.readonly import read_only
from ui.address import put
from ui.evaluate.run import badge, summary, title
from ui.runs.buttons import attempt, forget_problem
from ui.widgets.undo import offer_undo, show_undo
from ui.words import plain

MOST = 20


def history(runs: Sequence[Run], shown: str | None) -> None:
    """List earlier evaluations, newest first. shown: the id of the one on screen."""
    st.subheader("Earlier evaluations", anchor=False)
    show_undo()
    if not runs:
        st.caption("None yet. Results stay here, and under `python -m tdot_core runs list`.")
    for run in runs[:MOST]:
        _line(run, shown == run.id)
    if len(runs) > MOST:
        st.caption(f"The {MOST} newest of {len(runs)}; `python -m tdot_core runs list` shows all.")


def _line(run: Run, shown: bool) -> None:
    status = run.status()
    with st.container(border=True, key=f"e_line_{run.id}"):
        text, state, buttons = st.columns([5, 2, 3], vertical_alignment="center")
        created = str(run.spec.get("created", "")).replace("T", " ").removesuffix("Z")
        text.markdown(
            f"**{plain(title(run))}** {':material/visibility:' if shown else ''}  \n{plain(summary(run.config))}"
        )
        text.caption(f"{plain(created)} UTC, {plain(run.id)}")
        with state:
            badge(run, status)
        with buttons.container(horizontal=True, horizontal_alignment="right"):
            st.button("Show", key=f"e_show_{run.id}", on_click=_show, args=(run.id,), disabled=shown)
            if not status.active and status.state != "done":
                st.button("Resume", key=f"e_again_{run.id}", on_click=_resume, args=(run,), disabled=read_only())
            with st.popover(
                "Delete",
                disabled=status.active or read_only(),
                key=f"e_pop_{run.id}",
                help="Stop it first." if status.active else None,
            ):
                st.markdown(
                    "Delete this evaluation and its rows? Drawn images stay in the cache. It can be undone until you leave."
                )
                st.button("Delete it", key=f"e_delete_{run.id}", type="primary", on_click=_delete, args=(run, shown))


def _show(run_id: str) -> None:
    forget_problem()
    put(run=run_id)


def _resume(run: Run) -> None:
    attempt(launcher.resume, run)
    put(run=run.id)


def _hide(run: Run) -> None:
    offer_undo(title(run), [hide_run(run)])


def _delete(run: Run, shown: bool) -> None:
    attempt(_hide, run)
    if shown:
        put(run=None)
