"""The buttons of a job: stop, end, resume, wherever one is shown, and what to say when one of them fails."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from tdot_core.errors import TdotError
from tdot_core.services.jobs import launcher
from tdot_core.services.runs.status import RunStatus
from tdot_core.services.runs.store import Run
from tdot_core.services.storage.readonly import read_only
from ui.widgets.readonly import read_only_help
from ui.words import plain

PROBLEM = "run-problem"
IMPATIENT = 4.0


def attempt(action: Callable[[Run], object], run: Run) -> None:
    """Do something to a run from a button's callback; what goes wrong is kept for `show_problem`, since no page is drawn yet."""
    forget_problem()
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


def stop_button(run: Run, status: RunStatus, key: str, *, words: tuple[str, str], kept: str, end_key: str = "") -> None:
    """Offer to stop what is at work. words: before and after it is pressed; kept: what stopping keeps; end_key: of a second
    button that ends it at once, "" for none.
    """
    asked = status.state == "stopping" or (run.path / "STOP").exists()
    st.button(
        words[asked],
        key=key,
        icon=":material/stop_circle:",
        disabled=asked or read_only(),
        help=read_only_help(kept),
        on_click=attempt,
        args=(launcher.request_stop, run),
    )
    if asked and end_key:
        st.button(
            "End it now",
            key=end_key,
            icon=":material/dangerous:",
            on_click=attempt,
            args=(_end, run),
            help="Ends the process within seconds, wherever it is.",
        )


def resume_button(run: Run, status: RunStatus, key: str) -> None:
    """Offer to go on with what stopped before its end, or to begin what waits to."""
    begin = launcher.start if status.state == "pending" else launcher.resume
    st.button(
        "Resume",
        key=key,
        type="primary",
        icon=":material/play_arrow:",
        disabled=read_only(),
        help=read_only_help(),
        on_click=attempt,
        args=(begin, run),
    )


def _end(run: Run) -> None:
    launcher.stop(run, patience=IMPATIENT)
