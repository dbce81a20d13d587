"""Deleting that can be undone until the screen is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from tdot_core.errors import TdotError
from tdot_core.services.storage.trash import bring_back, destroy, forgotten
from ui.words import plain

PENDING, SCREEN, PROBLEM = "undo-pending", "undo-screen", "undo-problem"


@dataclass(frozen=True)
class Deleted:
    """Name what was put away: its name for people, the screen it was on, and where it is hidden."""

    name: str
    screen: str
    paths: tuple[Path, ...]


def offer_undo(name: str, paths: Sequence[Path]) -> None:
    """Note what was just put away, from a button's callback; `show_undo` offers to bring it back."""
    pending = st.session_state.setdefault(PENDING, [])
    pending.append(Deleted(name, str(st.session_state.get(SCREEN, "")), tuple(paths)))


def show_undo() -> None:
    """Show what was deleted on this screen, each with an Undo button."""
    if problem := st.session_state.pop(PROBLEM, None):
        st.error(plain(problem), icon=":material/error:")
    for k, deleted in enumerate(st.session_state.get(PENDING, [])):
        with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"undo-line-{k}"):
            st.markdown(f"Deleted **{plain(deleted.name)}**. It goes for good when you leave this screen.")
            st.button("Undo", key=f"undo-{k}", icon=":material/undo:", on_click=_undo, args=(deleted,))


def enter(screen: str) -> None:
    """Note which screen is shown; what was deleted on another one is taken off the disk now."""
    pending: list[Deleted] = st.session_state.get(PENDING, [])
    gone = [deleted for deleted in pending if deleted.screen != screen]
    st.session_state[SCREEN] = screen
    if gone:
        st.session_state[PENDING] = [deleted for deleted in pending if deleted not in gone]
        for path in [*(path for deleted in gone for path in deleted.paths), *forgotten()]:
            destroy(path)


def _undo(deleted: Deleted) -> None:
    st.session_state[PENDING] = [other for other in st.session_state.get(PENDING, []) if other != deleted]
    try:
        for path in deleted.paths:
            bring_back(path)
    except TdotError as error:
        st.session_state[PROBLEM] = str(error)
