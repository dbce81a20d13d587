"""What is known about a data set, in words and as a table of its classes."""

from __future__ import annotations

import streamlit as st

from tdot_core.errors import TdotError
from tdot_core.services.datasets import DatasetInfo, load_dataset
from tdot_core.services.datasets.info import SPLITS
from ui.page import show_error
from ui.words import plain, size_text

ClassRow = dict[str, str | int | None]


def show_facts(info: DatasetInfo, key: str) -> None:
    """Show size, source, what was left out and copies, and a fold with the classes and their numbers of images.

    key: the picker's.
    """
    st.caption(facts(info))
    for note in info.notes:
        st.caption(plain(note))
    if said := info.copies():
        st.caption(f":material/content_copy: {plain(said)}")
    if info.classes:
        with st.expander(f"{len(info.classes)} classes", key=f"{key}_classes"):
            try:
                st.dataframe(class_rows(info), hide_index=True)
            except TdotError as error:
                show_error(error)


def facts(info: DatasetInfo) -> str:
    """Return what is known about a data set as one line: size, classes, source, and what was skipped or resized."""
    parts = [
        size_text(info.bytes_on_disk),
        f"{len(info.classes)} classes" if info.classes else "no labels",
        f"from {info.source}",
    ]
    if info.n_resized:
        parts.append(f"{info.n_resized:,} resized to 32x32")
    if info.n_skipped:
        named = ", ".join(info.skipped[:3]) + (", ..." if info.n_skipped > 3 else "")
        parts.append(f"{info.n_skipped:,} unreadable images skipped ({named})")
    if info.n_ignored:
        parts.append(f"{info.n_ignored:,} other files ignored")
    return " · ".join(plain(part) for part in parts)


def class_rows(info: DatasetInfo) -> list[ClassRow]:
    """Return a row per class with its numbers of images; None for a split without labels. Raises TdotError when damaged."""
    data = load_dataset(info.id)
    counts = {split: data.class_counts(split) for split in SPLITS}
    return [
        {"Class": name, "Training": counts["train"].get(name), "Test": counts["test"].get(name)}
        for name in info.classes
    ]
