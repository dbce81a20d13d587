"""Choosing a data set that was just added, in a picker that was drawn before it was there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import streamlit as st

from tdot_core.services.datasets import DatasetInfo
from ui import address


@dataclass(frozen=True)
class _New:
    """A data set to be chosen. written: a run of the page has put it into the address and the picker."""

    name: str
    written: bool = False


def note_added(key: str, name: str) -> None:
    """Say that the picker with this key is to choose the data set of this name at the page's next run."""
    st.session_state[_note(key)] = _New(name)


def ask_for_new(parameter: str, key: str, known: Mapping[str, object]) -> None:
    """Ask for a data set that was just added, as a link would. To be called before the picker, `new_written` after it.

    A run of the page may be cut short, and then the browser goes on from its old address: it is asked for until the
    browser comes back with the new one.
    """
    new = _new(key)
    if new is None:
        return
    if new.name not in known or (new.written and address.arrived(parameter, key)):
        st.session_state.pop(_note(key))
    else:
        address.ask(parameter, key, new.name)


def just_added(key: str) -> str:
    """Return the name of a data set that this key is to choose and has not greeted yet, "" for none."""
    new = _new(key)
    return new.name if new is not None and not new.written else ""


def new_written(key: str, known: Mapping[str, DatasetInfo]) -> None:
    """Greet a data set that the picker and the address have taken."""
    new = _new(key)
    if new is None or new.written:
        return
    if (info := known.get(new.name)) is not None:
        st.toast(
            f"The data set {info.name} is ready: {info.n_train:,} training images. {' '.join(info.notes)}",
            icon=":material/check_circle:",
        )
    st.session_state[_note(key)] = replace(new, written=True)


def _new(key: str) -> _New | None:
    new = st.session_state.get(_note(key))
    return new if isinstance(new, _New) else None


def _note(key: str) -> str:
    return f"{key}_added"
