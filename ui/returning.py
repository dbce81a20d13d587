"""A screen comes back as the reader left it.

Streamlit takes a screen's bound parameters out of the address as the reader leaves, before the browser notes where they
were: Back then leads to an address that has lost them.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress

import streamlit as st
from streamlit.errors import StreamlitAPIException

LEFT, SHOWN_LAST = "addresses-left", "screen-shown-last"
PASSING = {"tour"}
"""Parameters that belong to the way, not to the screen."""


def return_to(screen: str, names: Collection[str]) -> None:
    """Bring a screen's address back as the reader left it, unless the present one says something else.

    names: keys of bound widgets that other screens have, too, whose values stay there. Called at the beginning of every run of
    every screen; the script starts over, since widgets read the address that it began with.
    """
    if st.session_state.get(SHOWN_LAST) != screen:
        st.session_state[SHOWN_LAST] = screen
        for name in names:
            st.session_state.pop(name, None)
        now, left = _address(), _left().get(screen, {})
        if now.items() <= left.items() and len(now) < len(left):
            for name in left.keys() - now.keys():
                # A widget that Streamlit still counts as on screen keeps what it has.
                with suppress(StreamlitAPIException):
                    st.query_params[name] = list(left[name])
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
