"""Adding a data set: download, upload, or a path on this machine."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Generator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from tdot_core.errors import TdotError
from tdot_core.progress import Progress
from tdot_core.services.datasets import DatasetInfo, download_cifar10, import_images
from tdot_core.services.datasets.disk import disk_errors
from tdot_core.services.paths import cache_root, inside_roots
from ui.dataset_new import note_added
from ui.page import show_error
from ui.readonly import locked_note

UPLOAD_LIMIT_MB = 200
INFLATED_LIMIT = 2**30

Work = Generator[Progress, None, DatasetInfo]


def add_dataset(key: str) -> None:
    """Show the three ways to add a data set; `ask_for_new` then chooses the finished one.

    A click elsewhere on the screen begins the work anew; Cancel, another file, another path or another screen ends it.
    """
    if locked_note():
        return
    download, upload, path = st.tabs(["Download CIFAR-10", "Upload a zip", "Path on this machine"])
    with download:
        st.caption("60,000 labelled images, 170 MB, from its authors' site; needs a network.")
        if st.button("Download CIFAR-10", key=f"{key}_download", icon=":material/download:"):
            _plan(key, "download", "", download_cifar10)
        _go_on(key, "download")
    with upload:
        _upload(key)
    with path:
        _path(key)


def _upload(key: str) -> None:
    st.caption(
        f"PNG, JPEG and the like, up to {UPLOAD_LIMIT_MB} MB, unpacked at most {INFLATED_LIMIT / 2**30:.0f} GiB. "
        "Folders named train and test become the splits, the folders below them the classes."
    )
    limit = min(UPLOAD_LIMIT_MB, int(st.get_option("server.maxUploadSize")))
    file = st.file_uploader("Zip of images", type=["zip"], key=f"{key}_upload", max_upload_size=limit)
    if file is None:
        _drop(key, "upload")
        return
    name, strict = _name_and_strict(key, "upload", file.name)
    if st.button("Import this zip", key=f"{key}_import_upload", type="primary"):
        _plan(key, "upload", file.file_id, lambda: _import_upload(file, name, strict))
    _go_on(key, "upload", file.file_id)


def _import_upload(file: UploadedFile, name: str, strict: bool) -> Work:
    with ExitStack() as opened:
        with disk_errors():
            cache_root().mkdir(parents=True, exist_ok=True)
            folder = opened.enter_context(tempfile.TemporaryDirectory(dir=cache_root(), prefix=".upload-"))
            target = Path(folder) / (slug(file.name) + ".zip")
            target.write_bytes(file.getbuffer())
        return (yield from import_images(target, name, strict=strict, max_bytes=INFLATED_LIMIT))


def _path(key: str) -> None:
    st.caption("A folder or a zip of images. Only folders this app may read are allowed; TDOT_ROOTS adds some.")
    text = st.text_input("Folder or zip", key=f"{key}_path", placeholder="~/pictures/faces").strip()
    if not text:
        _drop(key, "path")
        return
    name, strict = _name_and_strict(key, "path", Path(text).name)
    if st.button("Import this path", key=f"{key}_import_path", type="primary"):
        _plan(key, "path", text, lambda: import_images(inside_roots(text), name, strict=strict))
    _go_on(key, "path", text)


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
    plain = re.sub(r"[^a-z0-9._-]+", "-", Path(file).name.lower().removesuffix(".zip")).strip("-._")
    return plain[:64] or "images"


@dataclass
class _Planned:
    """An import that a click asked for: which way, of what, and how. begun: a run of this screen has shown its bar."""

    way: str
    what: str
    begin: Callable[[], Work]
    begun: bool = False


def _plan(key: str, way: str, what: str, begin: Callable[[], Work]) -> None:
    # Browsers ask for a run of the page for many reasons, also late ones, and each would end work that only the run of
    # the click does.
    st.session_state[f"{key}_planned"] = _Planned(way, what, begin)


def _drop(key: str, way: str) -> None:
    planned = st.session_state.get(f"{key}_planned")
    if planned is not None and planned.way == way:
        st.session_state.pop(f"{key}_planned")


def _go_on(key: str, way: str, what: str = "") -> None:
    """Do the work that is planned in this way, here and with a bar; drop what was planned of something else."""
    planned = st.session_state.get(f"{key}_planned")
    if planned is None or planned.way != way:
        return
    # Streamlit forgets a button once another screen was shown.
    left = planned.begun and f"{key}_cancel" not in st.session_state
    if left or planned.what != what:
        _drop(key, way)
        return
    planned.begun = True
    bar, cancel = st.progress(0.0, "Starting"), st.empty()
    cancel.button("Cancel", key=f"{key}_cancel", icon=":material/close:", on_click=_drop, args=(key, way))
    try:
        with closing(planned.begin()) as work:
            info = yield_to(bar.progress, work)
    except TdotError as error:
        _drop(key, way)
        bar.empty()
        cancel.empty()
        show_error(error)
        return
    except Exception:
        _drop(key, way)
        raise
    _drop(key, way)
    note_added(key, info.name)
    st.rerun()


def yield_to(show: Callable[[float, str], object], work: Work) -> DatasetInfo:
    """Run work to its end, showing the share done (0..1) and a phrase for every record; return what it made."""
    while True:
        try:
            record = next(work)
        except StopIteration as stop:
            return stop.value  # type: ignore[no-any-return]
        show(min(record.step / max(record.total, 1), 1.0), _phrase(record))


def _phrase(record: Progress) -> str:
    if record.phase == "downloading":
        return f"Downloading: {record.step / 1e6:.0f} of {record.total / 1e6:.0f} MB"
    return (
        f"{record.phase.capitalize()}: {record.step:,} of {record.total:,}"
        if record.total > 1
        else record.phase.capitalize()
    )
