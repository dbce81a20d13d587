"""The sweeps of this machine, live: what is done, at work, waiting and failed, the time left; and a form for a new one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from tdot_core.errors import TdotError
from tdot_core.services.sweep.document import read_sweep
from tdot_core.services.sweep.graph import Node
from tdot_core.services.sweep.kept import (
    as_run,
    at_work,
    is_started,
    kept_file,
    kept_sweeps,
    live_state,
    log_tail,
    start_sweep,
    stop_sweep,
)
from tdot_core.services.sweep.plan import planned
from ui import address
from ui.benchmark.sweep_form import show_form
from ui.page import guarded, show_error
from ui.words import plain, rough, whole_percent

LIVE_SECONDS, QUIET_SECONDS = 3.0, 20.0
NAMES = {"train": "Trainings", "draw": "Draws", "features": "Features", "row": "Rows"}
NEW = "New sweep"
SHOWN_FAILURES = 20


def show_sweeps() -> None:
    """Show one known sweep, or the form for a new one; which of them is in the address."""
    names = kept_sweeps()
    options = [*names, NEW]
    address.read("sweep", "b_sweep", options, options[:1])
    chosen = st.selectbox("Sweep", options, key="b_sweep", help="Sweeps that were run or kept on this machine")
    address.write("sweep", "b_sweep", [])  # always: the newest sweep is another one tomorrow
    if chosen == NEW or not chosen:
        st.caption(
            "A sweep evaluates every combination of what you list, does common work once and goes on after an interruption."
        )
        show_form()
        return
    live = _is_live(chosen)
    st.fragment(_panel, run_every=LIVE_SECONDS if live else QUIET_SECONDS)(chosen, live)


def _is_live(name: str) -> bool:
    try:
        return is_started(name) or bool(at_work(_nodes(name)))
    except TdotError:
        return False


def _nodes(name: str) -> dict[str, Node]:
    path = kept_file(name)
    return _planned(path, path.stat().st_mtime_ns, as_run(read_sweep(path)).hardware)


@st.cache_resource(max_entries=4, show_spinner="Planning the sweep")
def _planned(path: Path, stamp: int, hardware: str) -> dict[str, Node]:
    return planned(replace(read_sweep(path), hardware=hardware))[1]


def _panel(name: str, shown_live: bool) -> None:
    try:
        nodes = _nodes(name)
    except TdotError as error:
        show_error(error)
        _file(name)
        return
    state, started = live_state(nodes), is_started(name)
    live = started or any(facts["running"] for facts in state["kinds"].values())
    if live != shown_live:
        st.rerun()  # the pace of looking follows
    done = sum(facts["done"] for facts in state["kinds"].values())
    spent = sum(facts["seconds"] for facts in state["kinds"].values())
    _head(name, state, live, done / len(nodes))
    st.dataframe(_by_kind(state), hide_index=True, width="stretch", alt="The nodes of the sweep by kind")
    st.caption(
        f"{done:,} of {len(nodes):,} nodes done, {rough(spent) if spent else 'no time'} spent so far, {plain(_left(state))}. The time left is that of "
        "one process at the mean of what is done; nodes that other sweeps share are done once."
    )
    _failures(state)
    if tail := log_tail(name):
        with st.expander("Log", icon=":material/terminal:"):
            st.code(tail, language=None, wrap_lines=True, height=220)
    _file(name)


def _head(name: str, state: dict[str, Any], live: bool, share: float) -> None:
    bar, button = st.columns([4, 1], vertical_alignment="center")
    word = "at work" if live else "done" if state["done"] else "not at work"
    bar.progress(share, f"{plain(name)}: {word}, {whole_percent(share)}")
    with button, guarded():
        if live:
            if st.button(
                "Stop",
                icon=":material/stop_circle:",
                key="sweep-stop",
                width="stretch",
                help="Ends after the nodes at work",
            ):
                stop_sweep(name)
                st.toast(f"{name} stops after the nodes at work.")
        elif not state["done"] and st.button(
            "Go on", icon=":material/play_arrow:", type="primary", key="sweep-go", width="stretch"
        ):
            start_sweep(name)
            st.rerun()


def _by_kind(state: dict[str, Any]) -> pd.DataFrame:
    lines = [
        {
            "": NAMES[kind],
            "all": facts["all"],
            "done": facts["done"],
            "running": facts["running"],
            "waiting": facts["waiting"],
            "failed": facts["failed"],
            "time spent": rough(facts["seconds"]) if facts["done"] else "",
            "time left": "not known yet"
            if facts["seconds_left"] is None
            else rough(facts["seconds_left"])
            if facts["seconds_left"]
            else "",
        }
        for kind, facts in state["kinds"].items()
        if facts["all"]
    ]
    return pd.DataFrame(lines)


def _left(state: dict[str, Any]) -> str:
    known = [facts["seconds_left"] for facts in state["kinds"].values() if facts["all"]]
    if None in known:
        return "the time left is not known yet"
    return f"about {rough(sum(known))} left" if sum(known) else "nothing left"


def _failures(state: dict[str, Any]) -> None:
    reasons = state["failures"]
    if not reasons:
        return
    with st.expander(f"Failed ({len(reasons)})", icon=":material/error:", expanded=True):
        for title, why in list(reasons.items())[:SHOWN_FAILURES]:
            st.markdown(f"**{plain(title)}**  \n{plain(why)}")
        st.caption("A failed node fails only what needs it; Go on tries it again.")


def _file(name: str) -> None:
    with st.expander("Sweep file", icon=":material/description:"):
        st.code(kept_file(name).read_text(encoding="utf-8"), language=None)
        st.caption(f"From a terminal: `tdot sweep status {plain(name)}.toml`, also run, stop and rows.")
