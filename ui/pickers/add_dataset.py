"""Adding a data set: download, upload, or a path on this machine."""

from __future__ import annotations

import re
import tempfile
from contextlib import ExitStack
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from tdot_core.services.datasets import download_cifar10, import_images
from tdot_core.services.datasets.disk import disk_errors
from tdot_core.services.storage.paths import cache_root, inside_roots
from ui.pickers.arriving import Work, drop, go_on, plan
from ui.widgets.readonly import read_only_note

UPLOAD_LIMIT_MB = 200
INFLATED_LIMIT = 2**30
UPLOADED = ["zip", "tar", "gz", "tgz", "npz", "npy", "parquet"]
_ENDING = re.compile(r"(\.tar)?\.(zip|tar|gz|tgz|npz|npy|parquet)$")


def add_dataset(key: str) -> None:
    """Show the three ways to add a data set; `ask_for_new` then chooses the finished one.

    A click elsewhere on the screen begins the work anew; Cancel, another file, another path or another screen ends it.
    """
    if read_only_note():
        return
    download, upload, path = st.tabs(["Download CIFAR-10", "Upload a zip", "Path on this machine"])
    with download:
        st.caption("60,000 labelled images, 170 MB, from its authors' site; needs a network.")
        if st.button("Download CIFAR-10", key=f"{key}_download", icon=":material/download:"):
            plan(key, "download", "", download_cifar10)
        go_on(key, "download")
    with upload:
        _upload(key)
    with path:
        _path(key)


def _upload(key: str) -> None:
    st.caption(
        f"PNG, JPEG and the like in a zip or tar, or npz, npy, parquet; up to {UPLOAD_LIMIT_MB} MB, unpacked at most "
        f"{INFLATED_LIMIT / 2**30:.0f} GiB. "
        "Folders named train and test become the splits, the folders below them the classes."
    )
    limit = min(UPLOAD_LIMIT_MB, int(st.get_option("server.maxUploadSize")))
    file = st.file_uploader("Zip of images", type=UPLOADED, key=f"{key}_upload", max_upload_size=limit)
    if file is None:
        drop(key, "upload")
        return
    name, strict = _name_and_strict(key, "upload", file.name)
    if st.button("Import this zip", key=f"{key}_import_upload", type="primary"):
        plan(key, "upload", file.file_id, lambda: _import_upload(file, name, strict))
    go_on(key, "upload", file.file_id)


def _import_upload(file: UploadedFile, name: str, strict: bool) -> Work:
    with ExitStack() as opened:
        with disk_errors():
            cache_root().mkdir(parents=True, exist_ok=True)
            folder = opened.enter_context(tempfile.TemporaryDirectory(dir=cache_root(), prefix=".upload-"))
            target = Path(folder) / (slug(file.name) + (_ENDING.search(file.name.lower()) or [".zip"])[0])
            target.write_bytes(file.getbuffer())
        return (yield from import_images(target, name, strict=strict, max_bytes=INFLATED_LIMIT))


def _path(key: str) -> None:
    st.caption(
        "A folder, zip or tar of images, or npz, idx, parquet, CIFAR's files. Only folders this app may read are allowed; TDOT_ROOTS adds some."
    )
    text = st.text_input("Folder or zip", key=f"{key}_path", placeholder="~/pictures/faces").strip()
    if not text:
        drop(key, "path")
        return
    name, strict = _name_and_strict(key, "path", Path(text).name)
    if st.button("Import this path", key=f"{key}_import_path", type="primary"):
        plan(key, "path", text, lambda: import_images(inside_roots(text), name, strict=strict))
    go_on(key, "path", text)


def _name_and_strict(key: str, way: str, file: str) -> tuple[str, bool]:
    # The suggestion follows the file, so the field is a new one for each file.
    left, right = st.columns([2, 1], vertical_alignment="bottom")
    name = left.text_input("Name of the data set", value=slug(file), key=f"{key}_{way}_name_{slug(file)}")
    strict = right.checkbox(
        "Strict", key=f"{key}_{way}_strict", help="Refuse the import when one image is damaged, instead of skipping it"
    )
    return name.strip(), strict


def slug(file: str) -> str:
    """Return a file's name as a data set may be called: lower case, without its ending, `images` when nothing is left."""
    plain = re.sub(r"[^a-z0-9._-]+", "-", _ENDING.sub("", Path(file).name.lower())).strip("-._")
    return plain[:64] or "images"
