"""A screen comes back as the reader left it.

Streamlit takes a screen's bound parameters out of the address as the reader leaves, before the browser notes where they
were: Back then leads to an address that has lost them.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitAPIException

LEFT, SHOWN_LAST, NAMES_LAST, HELD = "addresses-left", "screen-shown-last", "names-shown-last", "held-by-screen"
PASSING = {"tour"}
"""Parameters that belong to the way, not to the screen."""


def return_to(screen: str, names: Collection[str]) -> None:
    """Bring a screen's address back as the reader left it; where the present one says something else, only the shared names.

    names: keys of bound widgets that other screens have, too: their values there do not come along. Called at the beginning of every run of
    every screen; the script starts over, since widgets read the address that it began with.
    """
    before = st.session_state.get(SHOWN_LAST)
    if before != screen:
        held: dict[str, dict[str, Any]] = st.session_state.setdefault(HELD, {})
        theirs = st.session_state.get(NAMES_LAST, [])
        held[before or ""] = {name: st.session_state[name] for name in theirs if name in st.session_state}
        st.session_state[SHOWN_LAST], st.session_state[NAMES_LAST] = screen, list(names)
        for name in names:
            st.session_state.pop(name, None)
        now, left = _address(), _left().get(screen, {})
        back = left.keys() if now.items() <= left.items() else left.keys() & set(names)
        if missing := back - now.keys():
            for name in missing:
                try:
                    st.query_params[name] = list(left[name])
                except StreamlitAPIException:  # of a widget that Streamlit still counts as on screen
                    if name in held.get(screen, {}):
                        st.session_state[name] = held[screen][name]
            st.rerun()
    note()


def note() -> None:
    """Note the address of the screen on show; called when the script or a fragment may have changed it."""
    _left()[st.session_state.get(SHOWN_LAST, "")] = _address()


def _left() -> dict[str, dict[str, tuple[str, ...]]]:
    found: dict[str, dict[str, tuple[str, ...]]] = st.session_state.setdefault(LEFT, {})
    return found


def _address() -> dict[str, tuple[str, ...]]:
    return {name: tuple(st.query_params.get_all(name)) for name in st.query_params if name not in PASSING}
