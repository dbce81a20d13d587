"""Choosing a data set, with its facts, and a fold to add another one."""

from __future__ import annotations

import streamlit as st

from tdot_core.errors import TdotError
from tdot_core.services.datasets import DatasetInfo, list_datasets
from ui import address
from ui.dataset_add import add_dataset
from ui.dataset_new import ask_for_new, new_written
from ui.page import plain, show_error


def dataset_picker(key: str, default: str = "cifar10", *, label: str = "Data set") -> DatasetInfo | None:
    """Show a choice among the data sets on this machine and return the chosen one; None when the listing itself fails.

    key: the widget's key and the URL parameter. default: taken when it is there, else the first. Below the choice stand
    count, size and skipped files, and a fold that downloads CIFAR-10, takes a zip, or reads a path on this machine.
    """
    try:
        known = {info.name: info for info in list_datasets()}
    except TdotError as error:
        show_error(error)
        return None
    ask_for_new(key, key, known)
    usual = [default if default in known else next(iter(known))]
    begin = address.begin(key, key, known, usual)
    chosen = st.selectbox(
        label,
        list(known),
        address.place(list(known), begin),
        key=key,
        format_func=lambda name: _option(known[name]) if name in known else name,
    )
    address.write(key, key, usual)
    new_written(key, known)
    info = known.get(chosen) if chosen else None
    if info is not None:
        st.caption(facts(info))
    with st.expander("Add a data set", icon=":material/add_photo_alternate:", key=f"{key}_add"):
        add_dataset(key)
    return info


def _option(info: DatasetInfo) -> str:
    return f"{info.name} ({info.n_train:,} training, {info.n_test:,} test images)"


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


def size_text(n_bytes: int) -> str:
    """Return a number of bytes in the largest unit that leaves at least 1: 512 B, 9.2 MB, 4.0 GB (powers of 1000)."""
    size, units = float(n_bytes), ["B", "kB", "MB", "GB", "TB"]
    while size >= 999.5 and len(units) > 1:
        size, units = size / 1000, units[1:]
    return f"{size:.0f} B" if units[0] == "B" else f"{size:.1f} {units[0]}"
