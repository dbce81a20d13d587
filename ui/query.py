"""State in the address: widgets bound to it, and a sentence when an address asks for what does not exist.

A widget with `key="t", **BIND` reads and writes the parameter t of the address by itself, takes only values that it
offers, and shows its default for anything else. `explain` says so instead of leaving the reader to wonder.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Any

import streamlit as st

from ui.page import plain

BIND: dict[str, Any] = {"bind": "query-params"}
SHOWN, ENDLESS = 40, "endless-parameters"
NAMES = {"prior", "run", "dataset", "e_data", "net", "metric", "space", "spread", "view"}
"""Parameters that name things, which may be called nan."""


def asked(name: str) -> list[str]:
    """Return what the address says about a parameter: no value, one, or several."""
    return [str(value) for value in st.query_params.get_all(name)]


def explain(
    name: str, *, low: float | None = None, high: float | None = None, known: Collection[str] | None = None
) -> None:
    """Say it when the address asks for a value outside [low, high], or for names that are not known.

    Call it before the widget of that key: the widget takes its default and clears the parameter.
    """
    wrong = []
    for value in asked(name):
        if known is not None and value not in known:
            wrong.append(f"{name} = {value[:SHOWN]}, which is not there (any more)")
        elif (low is not None or high is not None) and not _within(value, low, high):
            span = f"from {low:g} to {high:g}" if low is not None and high is not None else "in its range"
            wrong.append(f"{name} = {value[:SHOWN]}, which is not a number {span}")
    # The place is always taken, so that a note which comes or goes moves no widget to another position.
    place = st.empty()
    if wrong:
        place.caption(f":material/info: The address asks for {plain('; '.join(wrong))}. The default is shown.")


def drop_endless() -> None:
    """Take parameters whose number is infinite or no number out of the address, and say so: Streamlit's widgets fail on them.

    Called before a screen's first widget; the script starts over, since widgets read the address that it began with.
    """
    endless = [name for name in st.query_params if name not in NAMES and any(_endless(value) for value in asked(name))]
    if endless:
        for name in endless:
            st.query_params.pop(name, None)
        st.session_state[ENDLESS] = ", ".join(name[:SHOWN] for name in endless)
        st.rerun()
    if names := st.session_state.pop(ENDLESS, None):
        st.caption(
            f":material/info: The address gives {plain(names)} a value that is no finite number. The default is shown."
        )


def _endless(text: str) -> bool:
    try:
        return not math.isfinite(float(text))
    except (ValueError, OverflowError):
        return False


def chosen(name: str, known: Collection[str], default: list[str]) -> list[str]:
    """Return the known names that a repeated parameter of the address gives, or default when none is."""
    return [value for value in asked(name) if value in known] or default


def put(**values: object) -> None:
    """Write parameters into the address without a rerun; None and an empty list remove one."""
    for name, value in values.items():
        if value is None or value == []:
            st.query_params.pop(name, None)
        else:
            st.query_params[name] = [str(v) for v in value] if isinstance(value, list | tuple) else str(value)


def _within(text: str, low: float | None, high: float | None) -> bool:
    try:
        number = float(text)
    except ValueError:
        return False
    return (low is None or number >= low) and (high is None or number <= high)
