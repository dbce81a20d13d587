"""What every screen begins with, and how it speaks when something is wrong or missing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from tdot_core.errors import TdotError
from ui.navigation import ensure_app
from ui.sharing import hide_details_when_shared
from ui.start import at_start
from ui.theme import use_theme
from ui.undo import enter

MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:&])")


def header(title: str, lead: str = "") -> None:
    """Show a screen's heading and one or two sentences that say what it is for. lead may hold Markdown.

    The first thing a screen calls.
    """
    from ui.query import drop_endless

    ensure_app()
    use_theme()
    at_start()
    hide_details_when_shared()
    enter(title)
    st.title(title, anchor=False)
    drop_endless()
    if lead:
        with st.container(key="lead"):
            st.markdown(lead)


def plain(text: str) -> str:
    r"""Return text so that Markdown shows it as it is: names come from users, and a name must not become a picture or a link."""
    return MARKDOWN.sub(r"\\\1", text)


def show_error(error: TdotError) -> None:
    """Show the sentence of an error that the user can mend."""
    st.error(plain(str(error)), icon=":material/error:")


@contextmanager
def guarded() -> Iterator[None]:
    """Show a TdotError of the block as a sentence instead of a traceback; what follows the block still runs."""
    try:
        yield
    except TdotError as error:
        show_error(error)


def empty_state(text: str, label: str, *, page: str | None = None, key: str) -> bool:
    """Say what is missing and offer the one thing to do about it; returns whether the button was just pressed.

    page: a screen's file such as "pages/evaluate.py" to go to when it is pressed.
    """
    with st.container(border=True, key=f"empty-{key}", horizontal_alignment="center"):
        st.markdown(text, text_alignment="center")
        st.button(label, type="primary", key=key, on_click=_note_press, args=(key,))
    # Noted by the callback: the button's own value is lost when `ensure_app` starts the script over.
    pressed = bool(st.session_state.pop(f"{key}-pressed", False))
    if pressed and page:
        st.switch_page(page)
    return pressed


def _note_press(key: str) -> None:
    st.session_state[f"{key}-pressed"] = True
