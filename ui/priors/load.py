"""Loading runs that were exported from another TDOT."""

from __future__ import annotations

import tempfile
from pathlib import Path

import streamlit as st

from tdot_core.errors import TdotError
from tdot_core.services.runs.importing import import_runs
from tdot_core.services.storage.paths import cache_root
from ui.page import show_error
from ui.widgets.readonly import read_only_note

KEY = "load-run"


def load_panel() -> None:
    """Show the fold that takes in exported runs; they then stand in the list and the first is chosen."""
    with st.expander("Load runs from elsewhere", icon=":material/upload:", key=f"{KEY}-fold"):
        st.caption(
            "A zip that Export wrote, of one training or several. Settings and weights are checked; nothing in it is run."
        )
        if read_only_note():
            return
        file = st.file_uploader("Exported runs", type=["zip"], key=KEY, max_upload_size=200)
        if file is not None and st.button("Load", key=f"{KEY}-start", type="primary"):
            try:
                run_id = _load(file.getvalue())
            except TdotError as error:
                show_error(error)
            else:
                st.switch_page("pages/priors.py", query_params={"run": run_id})


def _load(content: bytes) -> str:
    cache_root().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache_root(), prefix=".upload-") as folder:
        path = Path(folder) / "runs.zip"
        path.write_bytes(content)
        return import_runs(path)[0].id
