"""One training: what it is doing, its losses, what it makes, and what can be done with it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from tdot_core.errors import TdotError
from tdot_core.services.jobs.launcher import request_stop, resume, start
from tdot_core.services.prior_catalogue import prior_catalogue
from tdot_core.services.runs.best import best_run
from tdot_core.services.runs.export import export_run
from tdot_core.services.runs.status import RunStatus
from tdot_core.services.runs.store import Run, hide_run
from ui.figures.base import CONFIG
from ui.page import plain
from ui.priors_losses import losses_of
from ui.readonly import locked, locked_help
from ui.run_words import COLOURS, progress_words, run_name, settings_rows, share, state_words
from ui.undo import offer_undo

PROBLEM = "run-problem"


def run_detail(run: Run, status: RunStatus) -> None:
    """Show the chosen run."""
    colour = "green" if run.shipped else COLOURS[status.state]
    st.subheader(plain(run_name(run)), anchor=False)
    st.markdown(f":{colour}-badge[{state_words(run, status)}] `{run.id}`")
    _what_happened(run, status)
    with st.container(horizontal=True, key="run-buttons"):
        run_buttons(run, status, place="detail")
        _sample_button(run)
        _export_button(run)
        _delete_button(run, status)
    _losses_and_sheet(run, status)
    with st.expander("Settings and origin", key="run-settings"):
        st.dataframe(settings_rows(run), hide_index=True, width="stretch")


def _what_happened(run: Run, status: RunStatus) -> None:
    if status.active:
        st.progress(share(status), progress_words(status))
        if status.message and not status.place:
            st.caption(plain(status.message))
    elif status.state in ("failed", "crashed"):
        st.error(plain(status.message), icon=":material/error:")
    elif status.message and not run.shipped:
        st.caption(plain(status.message))


def run_buttons(run: Run, status: RunStatus, place: str) -> None:
    """Offer Stop for what is at work and Resume for what stopped before its end. place keeps keys apart."""
    if status.active:
        asked = (run.path / "STOP").exists() or status.state == "stopping"
        st.button(
            "Stopping" if asked else "Stop", key=f"stop-{place}-{run.id}", icon=":material/stop_circle:", disabled=asked or locked(),
            on_click=_do, args=(request_stop, run), help=locked_help("Saves a checkpoint first, so it can go on later"),
        )  # fmt: skip
    elif not run.shipped and status.state != "done":
        begin = start if status.state == "pending" else resume
        st.button(
            "Resume",
            key=f"resume-{place}-{run.id}",
            icon=":material/play_arrow:",
            type="primary",
            disabled=locked(),
            help=locked_help(),
            on_click=_do,
            args=(begin, run),
        )


def _do(action: Callable[[Run], object], run: Run) -> None:
    # A callback has no place of its own on the page: what went wrong is shown by the run that follows.
    st.session_state.pop(PROBLEM, None)
    try:
        action(run)
    except TdotError as error:
        st.session_state[PROBLEM] = str(error)
    except FileNotFoundError:
        st.session_state[PROBLEM] = f"{run.id} is gone: it was deleted from elsewhere."


def show_problem() -> None:
    """Show what went wrong with the last button, until another is pressed or another run chosen."""
    if problem := st.session_state.get(PROBLEM):
        st.error(plain(problem), icon=":material/error:")


def forget_problem() -> None:
    """Take the last problem as read."""
    st.session_state.pop(PROBLEM, None)


def _sample_button(run: Run) -> None:
    kinds = {info.key for info in prior_catalogue()}
    if run.kind not in kinds or not run.weights_path.exists():
        return
    if st.button("Sample it beside the others", key="sample-this", icon=":material/grid_view:"):
        st.switch_page("pages/sample.py", query_params=sample_address(run))


def sample_address(run: Run) -> dict[str, list[str] | str]:
    """Return the Sample screen's parameters that show this run beside the best one of every other kind."""
    best = best_run(run.kind)
    name = run.kind if best is not None and best.path == run.path else run.id
    others = [
        info.key for info in prior_catalogue() if not info.needs_data and (not info.trainable or best_run(info.key))
    ]
    t_train = int(run.config.get("t_train", 0))
    return {"prior": list(dict.fromkeys([*others, name])), "t": str(max(t_train, 200))}


def _export_button(run: Run) -> None:
    if run.weights_path.exists():
        st.download_button(
            "Export", lambda: export_bytes(run), f"{run.id}.zip", "application/zip", key="export-run", icon=":material/download:",
            on_click="ignore", help="Settings, weights, losses and samples as one zip",
        )  # fmt: skip


def export_bytes(run: Run) -> bytes:
    """Return what `runs export` writes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{run.id}.zip"
        export_run(run, path)
        return path.read_bytes()


def _delete_button(run: Run, status: RunStatus) -> None:
    if run.shipped:
        return
    with st.popover("Delete", icon=":material/delete:", disabled=status.active or locked(), key=f"delete-{run.id}"):
        st.markdown(
            f"Delete **{plain(run_name(run))}** with its weights and checkpoints? It can be undone until you leave this screen."
        )
        st.button("Delete it", key=f"delete-yes-{run.id}", type="primary", on_click=_do, args=(_delete, run))


def _delete(run: Run) -> None:
    offer_undo(run_name(run), [hide_run(run)])


def _losses_and_sheet(run: Run, status: RunStatus) -> None:
    figure = losses_of(run, status)
    sheets = run.samples()
    if figure is None and not sheets:
        st.caption("Losses and samples appear here once the first steps are taken.")
    if figure is not None:
        st.plotly_chart(figure, key=f"losses-{run.id}", config=CONFIG, width="stretch")
    if sheets:
        step = int(sheets[-1].stem.rpartition("-")[2])
        st.image(
            str(sheets[-1]),
            f"What it made at step {step:,}, as trained, before any denoising",
            output_format="PNG",
            width="stretch",
        )
