"""Taking trainings elsewhere as one zip."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from tdot_core.services.runs.export import export_runs
from tdot_core.services.runs.store import Run


def zip_of(runs: Sequence[Run]) -> bytes:
    """Return what `runs export` writes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "runs.zip"
        export_runs(runs, path)
        return path.read_bytes()


def export_listed(runs: Sequence[Run]) -> None:
    """Offer those of the listed trainings that have weights as one zip, where there are several."""
    whole = [run for run in runs if run.weights_path.exists()]
    if len(whole) > 1:
        st.download_button(
            f"Export these {len(whole)}",
            lambda: zip_of(whole),
            "tdot-runs.zip",
            "application/zip",
            key="export-listed",
            icon=":material/download:",
            on_click="ignore",
            help="Settings, weights, losses and samples of all that the list shows, as one zip that Load takes in elsewhere",
        )
