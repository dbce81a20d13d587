"""What every screen begins with, and how it speaks when something is wrong or missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from tdot_core.errors import TdotError
from ui.address import drop_endless, present_words
from ui.returning import return_to
from ui.server.navigation import ensure_app
from ui.server.sharing import hide_details_when_shared
from ui.server.start import at_start
from ui.server.theme import use_theme
from ui.tour.banner import show_tour
from ui.widgets.undo import enter
from ui.words import plain


def header(title: str, lead: str = "", former: Mapping[str, str] | None = None, shared: Sequence[str] = ()) -> None:
    """Show a screen's heading and one or two sentences that say what it is for. lead may hold Markdown.

    former: what the address's parameters were called before, for `present_words`; shared: other
    parameters that are bound to widgets here and on other screens. The first thing a screen calls.
    """
    ensure_app()
    use_theme()
    at_start()
    hide_details_when_shared()
    enter(title)
    st.title(title, anchor=False)
    drop_endless()
    present_words(former or {})
    return_to(title, [*(former or {}).values(), *shared])
    show_tour()
    if lead:
        with st.container(key="lead"):
            st.markdown(lead)


def show_error(error: TdotError) -> None:
    """Show the sentence of an error that the user can mend."""
    st.error(plain(str(error)), icon=":material/error:")


class _Guard:
    # A class, not a generator: its __exit__ says to type checkers that what follows the block can run.
    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        if isinstance(error, TdotError):
            show_error(error)
        return isinstance(error, TdotError)


def guarded() -> _Guard:
    """Show a TdotError of the block as a sentence instead of a traceback; what follows the block still runs."""
    return _Guard()


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
