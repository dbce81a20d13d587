"""What the user brings along: images made by another tool, and statistics or real images in place of a data set."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import NamedTuple

import streamlit as st

from tdot_core.errors import TdotError
from tdot_core.models.extractors import extractors
from tdot_core.models.resizes import RESIZES
from tdot_core.services.storage.paths import cache_root, inside_roots
from ui.page import show_error
from ui.pickers.add_dataset import UPLOAD_LIMIT_MB, UPLOADED

KINDS = {"images": UPLOADED, "statistics": ["npz"], "real": UPLOADED}
TAKEN = "Folder, zip or tar of images, or arrays: npy, npz, idx, parquet, CIFAR's files"


class OutsideRequest(NamedTuple):
    """Paths of what was made elsewhere: images to measure, and the real side as statistics or images, "" for none; resize: "" for the extractor's own."""

    images: tuple[str, ...]
    statistics: str
    real: str
    resize: str


def ask_outside(extractor: str) -> OutsideRequest:
    """Show the fold for what was made elsewhere and return it. extractor: what measures it, which may know several resizes."""
    with st.expander(
        "Bring your own: images of another tool, a real side", icon=":material/upload_file:", key="e_outside"
    ):
        left, right = st.columns(2)
        with left:
            images = _files("images", "Images made elsewhere", TAKEN)
        with right:
            statistics = _files(
                "statistics", "Reference statistics", "An npz with mu and sigma, as pytorch-fid and clean-fid write it"
            )
            resize = _resize(extractor)
            real = _files("real", "Real images", f"{TAKEN}. Compared with in place of a data set")
        st.caption(
            "With inception, images are measured at their own size unless they are compared with a data set, whose are 32 x 32."
        )
    return OutsideRequest(tuple(images), statistics[0] if statistics else "", real[0] if real else "", resize)


def _resize(extractor: str) -> str:
    """Ask for the resize of the tool that made the statistics, and return it, "" for the extractor's own."""
    card = extractors.all().get(extractor)
    if card is None or not card.resizes:
        return ""
    words = {"": f"Not said: as {card.resize()}"} | {name: RESIZES[name] for name in card.resizes}
    about = "Take that of the tool that made the statistics; without one, images are resized as always."
    return str(
        st.selectbox(
            "Resize before inception", list(words), key="e_resize", format_func=lambda n: words.get(n, n), help=about
        )
    )


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
