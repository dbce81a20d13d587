"""Getting CIFAR-10 with one click, wherever its images are missing: a download that can be left and goes on, or a copy on disk."""

from __future__ import annotations

import streamlit as st

from tdot_core.services.datasets import download_cifar10, import_images
from tdot_core.services.datasets.records import record_of
from tdot_core.services.storage.paths import inside_roots
from tdot_core.services.storage.readonly import read_only
from ui.page import guarded
from ui.pickers.arriving import drop, go_on, plan
from ui.pickers.new_dataset import new_written
from ui.widgets.readonly import read_only_help

CIFAR10 = "cifar10"
GET, COPY = "get", "copy"
ABOUT = (
    "60,000 labelled images, 170 MB, from their authors' site, compared with its checksum. Cancel keeps what has arrived, and "
    "the next click goes on from there."
)


def get_cifar10(key: str, brings: str) -> None:
    """Say what CIFAR-10 would bring here and offer to get it; nothing where it is here already.

    key: of the picker that then chooses it, or of this offer. brings: ends the sentence "It brings ...".
    """
    with guarded():
        here = record_of(CIFAR10)
        if here is not None:
            new_written(key, {CIFAR10: here})
            return
        with st.container(border=True, key=f"{key}_get"):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"**The images of CIFAR-10 are not here.** They bring {brings}.", width="stretch")
                with st.container(horizontal=True, width="content"):
                    st.button(
                        "Get CIFAR-10 (170 MB)",
                        key=f"{key}_get_download",
                        type="primary",
                        icon=":material/download:",
                        disabled=read_only(),
                        on_click=plan,
                        args=(key, GET, "", download_cifar10),
                        help=read_only_help(ABOUT),
                    )
                    with st.popover("I have a copy", disabled=read_only()):
                        _copy(key)
            go_on(key, GET)
            go_on(key, COPY, st.session_state.get(f"{key}_copy", "").strip())


def _copy(key: str) -> None:
    st.caption(
        "A folder, a zip or an archive with the images on the machine that runs this app; TDOT_ROOTS says what it may read."
    )
    text = st.text_input("Path", key=f"{key}_copy", placeholder="~/downloads/cifar10.zip").strip()
    if not text:
        drop(key, COPY)
        return
    st.button(
        "Import it",
        key=f"{key}_copy_import",
        type="primary",
        on_click=plan,
        args=(key, COPY, text, lambda: import_images(inside_roots(text), CIFAR10)),
    )
