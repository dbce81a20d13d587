"""All trainings, shipped and own: a list that follows what every worker does, and the chosen one in detail."""

from __future__ import annotations

import streamlit as st

from tdot_core.services.catalogue.priors import prior_catalogue
from tdot_core.services.runs.library import LibraryEntry, entry_of, in_order
from tdot_core.services.runs.status import RunStatus
from tdot_core.services.runs.store import Run, list_runs
from ui.page import empty_state
from ui.priors.detail import run_buttons, run_detail
from ui.priors.export import export_listed
from ui.priors.library import RUN, choose, label, listed
from ui.runs.buttons import show_problem
from ui.runs.words import progress_words, share
from ui.widgets.undo import show_undo

LIVE_SECONDS, QUIET_SECONDS = 1.5, 6.0


def trainings() -> list[Run]:
    """Return every run that makes a model: the shipped ones, then the own ones with the newest first."""
    return [run for run in list_runs() if run.kind != "evaluation"]


def runs_view() -> None:
    """Show the list and the chosen run; both follow the disk, faster while something is at work."""
    live = any(run.status().active for run in trainings())
    st.fragment(_follow, run_every=LIVE_SECONDS if live else QUIET_SECONDS)(live)


def chosen_run() -> Run | None:
    """Return the run that the list shows as chosen."""
    return next((run for run in trainings() if run.id == st.session_state.get(RUN)), None)


def _follow(live: bool) -> None:
    runs = trainings()
    if not runs:
        show_undo()
        text = "No model has been trained here yet, and none came with this installation."
        if empty_state(text, "Train the first one", key="train-first"):
            st.switch_page("pages/priors.py", query_params={"view": "train"})
        return
    entries = [entry_of(run) for run in runs]
    statuses = {entry.run.id: entry.status for entry in entries}
    active = [run for run in runs if statuses[run.id].active]
    if bool(active) != live:
        st.rerun()
    show_problem()
    show_undo()
    for run in active:
        _at_work(run, statuses[run.id])
    left, right = st.columns([2, 5], gap="large")
    with left:
        found = listed(entries)
        if not found:
            st.caption("Nothing matches. Take a word or a tag away.")
        chosen = choose(found, [_first(entries)], entries)
        export_listed([entry.run for entry in found])
    with right:
        run_detail(chosen, statuses[chosen.id])


def _first(entries: list[LibraryEntry]) -> str:
    """Return what a first visit shows: the newest own prior, else the first one that ships; a network where there is no prior."""
    kinds = {info.key for info in prior_catalogue()}
    own = [entry.run.id for entry in entries if not entry.run.shipped and entry.run.kind in kinds]
    return own[0] if own else in_order(entries, "kind")[0].run.id


def _at_work(run: Run, status: RunStatus) -> None:
    """Show one live run above everything else, where it can be stopped from whatever else is looked at."""
    with st.container(border=True, key=f"live-{run.id}"):
        bar, buttons = st.columns([5, 1], vertical_alignment="center")
        bar.progress(share(status), f"**{label(run)}** {progress_words(status)}")
        with buttons:
            run_buttons(run, status, place="live")
