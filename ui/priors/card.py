"""Tags, a note and another name for a training."""

from __future__ import annotations

import streamlit as st

from tdot_core.errors import TdotError
from tdot_core.services.runs.cards import LONGEST_NAME, LONGEST_NOTE, RunCard, read_card, rename_run, write_card
from tdot_core.services.runs.store import Run
from tdot_core.services.storage.readonly import read_only
from ui.runs.buttons import PROBLEM, forget_problem
from ui.widgets.readonly import read_only_help
from ui.words import plain


def show_card(run: Run) -> None:
    """Show a run's tags and note."""
    card = read_card(run)
    if card.tags:
        st.markdown(" ".join(f":gray-badge[{plain(tag)}]" for tag in card.tags))
    if card.note:
        st.markdown(plain(card.note).replace("\n", "  \n"))


def card_button(run: Run) -> None:
    """Offer a form with the name of an own run, and tags and note of any."""
    card = read_card(run)
    with (
        st.popover("Name, tags and notes", icon=":material/edit_note:", key=f"card-{run.id}", disabled=read_only()),
        st.form(f"card-form-{run.id}", border=False),
    ):
        given = str(run.spec.get("label") or "")
        st.text_input(
            "Name",
            given,
            max_chars=LONGEST_NAME,
            key=f"card-name-{run.id}",
            disabled=run.shipped,
            help="A model that ships keeps its name." if run.shipped else "Its id and its results stay as they are.",
        )
        st.text_input(
            "Tags",
            ", ".join(card.tags),
            key=f"card-tags-{run.id}",
            help="Separated by commas; the library filters by them.",
        )
        st.text_area(
            "Note", card.note, max_chars=LONGEST_NOTE, key=f"card-note-{run.id}", help="Found by the search, too."
        )
        st.form_submit_button(
            "Keep",
            type="primary",
            key=f"card-keep-{run.id}",
            on_click=_keep,
            args=(run,),
            disabled=read_only(),
            help=read_only_help(),
        )


def _keep(run: Run) -> None:
    forget_problem()
    name, tags, note = (str(st.session_state[f"card-{part}-{run.id}"]) for part in ("name", "tags", "note"))
    try:
        write_card(run, RunCard((tags,), note))
        if not run.shipped and name != str(run.spec.get("label") or ""):
            rename_run(run, name)
    except TdotError as error:
        st.session_state[PROBLEM] = str(error)
