"""What a training made, step after step, with a scrubber."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from tdot_core.services.runs.store import Run

HELP = "Sheets are kept after steps 1, 3, 10, 30, ... and at every checkpoint; the images have the same seeds on each. Arrow keys move it."


def show_sheets(run: Run, sheets: Sequence[Path]) -> None:
    """Show the sheet of a step of choice, the last one first; nothing where there is none."""
    by_step = {step_of(sheet): sheet for sheet in sheets}
    if not by_step:
        return
    steps = sorted(by_step)
    step = steps[-1]
    if len(steps) > 1:
        step = st.select_slider(
            "Samples after step", steps, step, key=f"sheet-{run.id}", format_func=lambda s: f"{s:,}", help=HELP
        )
    st.image(
        str(by_step[step]),
        f"What it made at step {step:,}, as trained, before any denoising",
        output_format="PNG",
        width="stretch",
    )


def step_of(sheet: Path) -> int:
    """Return the step that a sheet's name says, 0 where it says none."""
    number = sheet.stem.rpartition("-")[2]
    return int(number) if number.isdecimal() else 0
