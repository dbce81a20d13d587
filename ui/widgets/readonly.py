"""The read-only mode on screen: what is locked says so."""

from __future__ import annotations

import streamlit as st

from tdot_core.services.storage.readonly import SENTENCE, read_only


def read_only_help(otherwise: str | None = None) -> str | None:
    """Return what a button's help says: why it is locked, or what it says otherwise."""
    return SENTENCE if read_only() else otherwise


def read_only_note() -> bool:
    """Say that this part of the screen is locked, when it is, and return whether it is."""
    if read_only():
        st.info(SENTENCE, icon=":material/lock:")
    return read_only()
