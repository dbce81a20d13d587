"""What the user brings along: images made by another tool, and reference statistics in place of a data set."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import streamlit as st

from tdot_core.errors import TdotError
from tdot_core.services.paths import cache_root, inside_roots
from ui.dataset_add import UPLOAD_LIMIT_MB
from ui.page import show_error

KINDS = {"images": ["zip", "npz"], "statistics": ["npz"]}


def ask_outside() -> dict[str, Any]:
    """Show the fold for images and statistics made elsewhere and return them as settings of an EvaluationSpec."""
    with st.expander(
        "Bring your own: images of another tool, reference statistics", icon=":material/upload_file:", key="e_outside"
    ):
        left, right = st.columns(2)
        with left:
            images = _files(
                "images", "Images made elsewhere", "Folder, zip or npz (uint8, n x h x w x 3, named images or arr_0)"
            )
        with right:
            statistics = _files(
                "statistics", "Reference statistics", "An npz with mu and sigma, as pytorch-fid and clean-fid write it"
            )
    return {"images": tuple(images), "statistics": statistics[0] if statistics else ""}


def _files(kind: str, title: str, about: str) -> list[str]:
    limit = min(UPLOAD_LIMIT_MB, int(st.get_option("server.maxUploadSize")))
    many = kind == "images"
    found = []
    label, key = f"{title}: path on this machine", f"e_{kind}_path"
    lines = (
        st.text_area(f"{label}, one a line", key=key, help=about, height=68)
        if many
        else st.text_input(label, key=key, help=about)
    )
    for text in filter(None, map(str.strip, lines.splitlines())):
        try:
            path = inside_roots(text)
            if not path.exists():
                raise TdotError(f"There is nothing at {text[:200]!r}.")
            found.append(str(path))
        except TdotError as error:
            show_error(error)
    given = st.file_uploader(
        f"or upload (up to {limit} MB)",
        type=KINDS[kind],
        accept_multiple_files=many,
        key=f"e_{kind}_upload",
        max_upload_size=limit,
    )
    files = given if isinstance(given, list) else [given] if given is not None else []
    return found + [_kept(file.name, bytes(file.getbuffer())) for file in files]


def _kept(name: str, content: bytes) -> str:
    """Keep an upload under its content and its own name, which its row will carry, and return where."""
    folder = cache_root() / "uploads" / hashlib.sha256(content).hexdigest()[:16]
    target = folder / (Path(name).name or "upload")
    if not target.exists():
        folder.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return str(target)
