"""One evaluation run on screen: what it is doing, Cancel, Resume, and the rows that are there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from tdot_core.services.catalogue.priors import prior_catalogue
from tdot_core.services.results.rows import read_rows
from tdot_core.services.runs.status import RunStatus
from tdot_core.services.runs.store import Run, find_run
from ui.evaluate.form import refill
from ui.evaluate.results import results
from ui.page import guarded
from ui.runs.buttons import resume_button, stop_button
from ui.runs.words import COLOURS, progress_words, share, state_words
from ui.words import plain, whole_percent

POLL = 1.0
PHASES = ("sampling", "features", "distances")


def badge(run: Run, status: RunStatus) -> None:
    """Show in a word and a colour what a run is doing."""
    word = state_words(run, status) if status.active else status.state
    st.badge(word, color=COLOURS[status.state])  # type: ignore[arg-type]


def title(run: Run) -> str:
    """Return the name people gave the evaluation, or its priors."""
    labels = {info.key: info.label for info in prior_catalogue()}
    config = run.config
    names = [labels.get(str(p), str(p)) for p in config.get("priors", [])]
    return str(run.spec.get("label") or ", ".join([*names, *(Path(str(p)).name for p in config.get("images", []))]))


def summary(config: dict[str, Any]) -> str:
    """Return an evaluation's settings, but for its priors, as one line."""
    t_stars = ", ".join(str(t) for t in config.get("t_stars", []))
    sets = int(config.get("sets", 1))
    n = f"{int(config.get('n', 0)):,}" + (f" x {sets}" if sets > 1 else "")
    layers = ", ".join(config.get("layers") or [config.get("layer") or ""])
    space = f"{config.get('extractor')} {layers}".strip()
    real = Path(config.get("statistics") or config.get("real") or str(config.get("dataset"))).name
    if not config.get("priors"):
        return f"N = {n}, {real}, {space}"
    return (
        f"t* = {t_stars}, {', '.join(config.get('samplers', []))}, {config.get('n_steps')} steps, N = {n}, "
        f"{real}, {space}"
    )


def show_run(run: Run) -> None:
    """Show a run; while it is at work only this part of the page is drawn again, once a second."""
    active = run.status().active
    with st.container(key=f"e_panel_{run.id}_{active}"):
        st.fragment(_panel, run_every=POLL if active else None)(run.id, active)


def _panel(run_id: str, was_active: bool) -> None:
    with guarded():
        run = find_run(run_id)
        status, rows = run.status(), read_rows(run)
        if was_active != status.active:
            st.rerun()  # polling begins and ends with the whole page
        with st.container(border=True, key="e_run"):
            st.markdown(f"**{plain(title(run))}**  \n{plain(summary(run.config))}")
            badge(run, status)
            _progress(status, len(rows))
            _actions(run, status)
        if rows:
            results(run, rows)
        elif not status.active:
            st.caption("This evaluation has no finished row.")


def _progress(status: RunStatus, n_rows: int) -> None:
    if status.active:
        waiting = progress_words(status) if status.place else ""
        st.progress(
            share(status), waiting or f"{whole_percent(share(status))} {plain(status.phase) or 'loading models'}"
        )
        _phases(status.phase)
    elif status.state in ("failed", "crashed"):
        st.error(plain(status.message), icon=":material/error:")
    elif status.state == "stopped":
        st.caption(f"Stopped with {n_rows} rows finished; Resume goes on where it stopped.")


def _phases(phase: str) -> None:
    """Show where in the life of a set of images the work is."""
    now = phase.rpartition(": ")[2]
    with st.container(horizontal=True, gap="small"):
        for name in [*PHASES, *([now] if now and now not in PHASES else [])]:
            here = name == now
            st.badge(name, icon=":material/play_arrow:" if here else None, color="blue" if here else "gray")


def _actions(run: Run, status: RunStatus) -> None:
    with st.container(horizontal=True):
        if status.active:
            kept = "Finished rows and drawn images are kept: it can be resumed."
            stop_button(run, status, "e_cancel", words=("Cancel", "Cancelling"), kept=kept, end_key="e_kill")
        elif status.state != "done":
            resume_button(run, status, "e_resume")
        st.button(
            "Use these settings",
            key="e_refill",
            icon=":material/edit:",
            on_click=refill,
            args=(run.config,),
            help="Puts them into the form below.",
        )
