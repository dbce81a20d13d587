"""Choosing a data set, with its facts, and a fold to add another one."""

from __future__ import annotations

import streamlit as st

from tdot_core.errors import TdotError
from tdot_core.services.datasets import DatasetInfo, list_datasets
from ui import address
from ui.page import show_error
from ui.pickers.add_dataset import add_dataset
from ui.pickers.dataset_facts import show_facts
from ui.pickers.new_dataset import ask_for_new, new_written


def dataset_picker(key: str, default: str = "cifar10", *, label: str = "Data set") -> DatasetInfo | None:
    """Show a choice among the data sets on this machine and return the chosen one; None when the listing itself fails.

    key: the widget's key and the URL parameter. default: taken when it is there, else the first. Below the choice stand
    size, skipped files, classes and copies, and a fold that downloads CIFAR-10, takes a zip, or reads a path on this machine.
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
        show_facts(info, key)
    with st.expander("Add a data set", icon=":material/add_photo_alternate:", key=f"{key}_add"):
        add_dataset(key)
    return info


def _option(info: DatasetInfo) -> str:
    return f"{info.name} ({info.n_train:,} training, {info.n_test:,} test images)"
