"""The library: which trainings are listed, in which order, and which one is chosen."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from tdot_core.services.runs.library import ORDERS, LibraryEntry, in_order, matches
from tdot_core.services.runs.store import Run
from ui import address
from ui.address import BIND
from ui.priors.sparkline import sparkline
from ui.runs.buttons import forget_problem
from ui.runs.words import run_name, state_words, t_words
from ui.words import plain, size_text

RUN = "priors-run"
WORDS, ORDER, TAGS = "find", "priors-sort", "priors-tags"
SEARCH_HELP = "Every word must stand in the name, kind, id, state, settings (t_train=10), tags or note."
TAG_HELP = "Only trainings that have all of these tags; tags are given under a training's name."
SIZE_HELP = "Size: all of its files on disk, checkpoints included. Line: its first loss, smoothed, from the first step to the last."


def listed(entries: Sequence[LibraryEntry]) -> list[LibraryEntry]:
    """Show search, order and tags, all kept in the address, and return the entries that pass, in order."""
    words = st.text_input("Search", key=WORDS, placeholder="ot local, t_train=10, done", help=SEARCH_HELP, **BIND)
    begin = address.begin("sort", ORDER, ORDERS, ["kind"])
    order = st.selectbox(
        "Order",
        list(ORDERS),
        address.place(list(ORDERS), begin),
        key=ORDER,
        format_func=lambda key: ORDERS.get(key, key),
    )
    address.write("sort", ORDER, ["kind"])
    known = sorted({tag for entry in entries for tag in entry.card.tags})
    tags: list[str] = []
    if known:
        address.read("tag", TAGS, known, [], many=True)
        tags = st.pills("Tags", known, selection_mode="multi", key=TAGS, help=TAG_HELP)
        address.write("tag", TAGS, [])
    return [entry for entry in in_order(entries, order or "kind") if matches(entry, words or "", tags)]


def choose(entries: Sequence[LibraryEntry], default: Sequence[str], everything: Sequence[LibraryEntry]) -> Run:
    """Show the entries as a list with state, size and sparkline, and return the run chosen there; the address keeps it.

    everything: entries that a search may have left out; the chosen one stays in the list until another is chosen.
    """
    known = {entry.run.id: entry for entry in everything}
    begin = address.begin("run", RUN, known, default)
    now = str(st.session_state.get(RUN) or (begin[0] if begin else ""))
    shown = [entry.run.id for entry in entries]
    if now not in shown:
        shown.append(now if now in known else everything[0].run.id)
    names = address.told_apart({name: label(known[name].run) for name in shown})
    st.radio(
        "Trainings",
        shown,
        address.place(shown, begin),
        key=RUN,
        format_func=lambda name: names.get(name, name),
        captions=[_caption(known[name]) for name in shown],
        on_change=forget_problem,
        help=SIZE_HELP,
    )
    address.write("run", RUN, default)
    return known[str(st.session_state[RUN])].run if str(st.session_state[RUN]) in known else everything[0].run


def label(run: Run) -> str:
    """Return a run's name and the step it was trained at, as Markdown."""
    return " · ".join(part for part in (plain(run_name(run)), t_words(run)) if part)


def _caption(entry: LibraryEntry) -> str:
    lines = [f"{state_words(entry.run, entry.status)} · {size_text(entry.size)}"]
    if entry.card.tags:
        lines.append(" ".join(f":gray-badge[{plain(tag)}]" for tag in entry.card.tags))
    if line := sparkline(entry.run, entry.status):
        lines.append(line)
    return "  \n".join(lines)
