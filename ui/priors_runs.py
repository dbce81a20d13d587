"""All trainings, shipped and own: a list that follows what every worker does, and the chosen one in detail."""

from __future__ import annotations

import streamlit as st

from tdot_core.services.runs.status import RunStatus
from tdot_core.services.runs.store import Run, list_runs
from ui import address
from ui.page import empty_state, plain
from ui.priors_run import forget_problem, run_buttons, run_detail, show_problem
from ui.run_words import progress_words, run_name, share, state_words, t_words
from ui.undo import show_undo

LIVE_SECONDS, QUIET_SECONDS = 1.5, 6.0
RUN = "priors-run"


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
    statuses = {run.id: run.status() for run in runs}
    active = [run for run in runs if statuses[run.id].active]
    if bool(active) != live:
        st.rerun()
    show_problem()
    show_undo()
    for run in active:
        _at_work(run, statuses[run.id])
    left, right = st.columns([2, 5], gap="large")
    with left:
        chosen = _list(runs, statuses)
    with right:
        run_detail(chosen, statuses[chosen.id])


def _at_work(run: Run, status: RunStatus) -> None:
    """Show one live run above everything else, where it can be stopped from whatever else is looked at."""
    with st.container(border=True, key=f"live-{run.id}"):
        bar, buttons = st.columns([5, 1], vertical_alignment="center")
        name = " · ".join(part for part in (plain(run_name(run)), t_words(run)) if part)
        bar.progress(share(status), f"**{name}** {progress_words(status)}")
        with buttons:
            run_buttons(run, status, place="live")


def _list(runs: list[Run], statuses: dict[str, RunStatus]) -> Run:
    known = {run.id: run for run in runs}
    own = [run.id for run in runs if not run.shipped]
    default = own[:1] or [runs[0].id]
    begin, names = address.begin("run", RUN, known, default), address.told_apart({run.id: _name(run) for run in runs})
    st.radio(
        "Trainings", list(known), address.place(list(known), begin), key=RUN, format_func=lambda name: names.get(name, name),
        captions=[state_words(run, statuses[run.id]) for run in runs], on_change=forget_problem,
    )  # fmt: skip
    address.write("run", RUN, default)
    return known.get(str(st.session_state[RUN]), runs[0])


def _name(run: Run) -> str:
    return " · ".join(part for part in (plain(run_name(run)), t_words(run)) if part)
