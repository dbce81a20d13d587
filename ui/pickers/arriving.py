"""A data set on its way: what a click asked for, done beside the page with a bar and Cancel."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

import streamlit as st

from tdot_core.errors import TdotError
from tdot_core.progress import Progress
from tdot_core.services.datasets import DatasetInfo
from ui.background import do
from ui.page import show_error
from ui.pickers.new_dataset import note_added
from ui.words import seconds_text

RATE_AFTER = 2.0
"""Seconds after which a rate means something."""

Work = Generator[Progress, None, DatasetInfo]


@dataclass
class _Planned:
    """An import that a click asked for: which way, of what, and how. begun: a run of this screen has shown its bar."""

    way: str
    what: str
    begin: Callable[[], Work]
    begun: bool = False


def plan(key: str, way: str, what: str, begin: Callable[[], Work]) -> None:
    """Ask for an import: `go_on` of the same key and way does it."""
    # Browsers ask for a run of the page for many reasons, also late ones, and each would end work that only the run of
    # the click does.
    st.session_state[f"{key}_planned"] = _Planned(way, what, begin)


def drop(key: str, way: str) -> None:
    """Ask no more for what was planned in this way."""
    planned = st.session_state.get(f"{key}_planned")
    if planned is not None and planned.way == way:
        st.session_state.pop(f"{key}_planned")


def go_on(key: str, way: str, what: str = "") -> None:
    """Do the work that is planned in this way, here and with a bar; drop what was planned of something else."""
    planned = st.session_state.get(f"{key}_planned")
    if planned is None or planned.way != way:
        return
    # Streamlit forgets a button once another screen was shown.
    left = planned.begun and f"{key}_cancel" not in st.session_state
    if left or planned.what != what:
        drop(key, way)
        return
    planned.begun = True
    bar, cancel = st.progress(0.0, "Starting"), st.empty()
    cancel.button("Cancel", key=f"{key}_cancel", icon=":material/close:", on_click=drop, args=(key, way))
    try:
        info = do(planned.begin(), _Bar(bar))
    except TdotError as error:
        drop(key, way)
        bar.empty()
        cancel.empty()
        show_error(error)
        return
    except Exception:
        drop(key, way)
        raise
    drop(key, way)
    note_added(key, info.name)
    st.rerun()


class _Bar:
    """A progress bar with words, and the time left at the rate since it began."""

    def __init__(self, place: Any) -> None:
        self._place, self._began, self._first = place, time.monotonic(), Progress(0, 0)

    def __call__(self, record: Progress) -> None:
        if record.phase != self._first.phase:
            self._began, self._first = time.monotonic(), record
        self._place.progress(min(record.step / max(record.total, 1), 1.0), _phrase(record) + self._left(record))

    def _left(self, record: Progress) -> str:
        passed, done = time.monotonic() - self._began, record.step - self._first.step
        if passed < RATE_AFTER or done <= 0:
            return ""
        return f" · {seconds_text(passed * (record.total - record.step) / done)} left"


def _phrase(record: Progress) -> str:
    if record.phase == "downloading":
        return f"Downloading: {record.step / 1e6:.0f} of {record.total / 1e6:.0f} MB"
    return (
        f"{record.phase.capitalize()}: {record.step:,} of {record.total:,}"
        if record.total > 1
        else record.phase.capitalize()
    )
