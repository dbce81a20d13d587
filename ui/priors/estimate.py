"""How long a training will take and how much memory, measured before it starts by a few of its own steps."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Generator
from typing import Any

import streamlit as st

from tdot_core.errors import TdotError
from tdot_core.progress import Progress
from tdot_core.services.datasets import DatasetInfo
from tdot_core.services.storage.paths import project_root
from tdot_core.services.storage.readonly import read_only
from ui.background import do
from ui.page import show_error
from ui.widgets.readonly import read_only_help
from ui.words import rough, seconds_text, size_text

HELP = (
    "Takes a few steps in a process of its own and throws them away; half a minute at most after they begin. What it finds is kept for "
    "these settings, data and processor."
)
PATIENCE = 300.0


def show_estimate(kind: str, info: DatasetInfo, values: dict[str, Any], device: str, steps: int | None) -> Any:
    """Show the time and memory of these settings where they were measured, else a button that measures; return the Rate or None.

    steps: in all, None where the settings do not say.
    """
    from tdot_core.services.training.rate import kept_rate, rate_key

    try:
        name = rate_key(kind, info.id, values, device)
    except TdotError:
        return None  # The form's own check says what does not fit.
    rate = kept_rate(name, steps)
    if rate is not None:
        st.caption(
            f"Measured here: {seconds_text(rate.seconds)} per step, so **{rough(rate.total)}** in all while nothing else is at work, and "
            f"**{size_text(rate.memory)}** of memory at the largest."
        )
        return rate
    if st.button(
        "Estimate time and memory",
        key="estimate-training",
        icon=":material/timer:",
        help=read_only_help(HELP),
        disabled=read_only(),
    ):
        place = st.empty()
        try:
            do(
                _measure(kind, info.id, values, device),
                lambda record: place.caption(f"{record.phase.capitalize()} ..."),
            )
        except TdotError as error:
            show_error(error)
        else:
            st.rerun()
    return None


def _measure(kind: str, dataset: str, values: dict[str, Any], device: str) -> Generator[Progress, None, None]:
    yield Progress(0, 0, {}, "taking a few steps to measure them")
    settings = [f"--{name.replace('_', '-')}={_text(value)}" for name, value in values.items()]
    command = [
        sys.executable, "-m", "tdot_core", "train", kind, "--dataset", dataset, "--device", device, "--estimate", "--json", *settings,
    ]  # fmt: skip
    try:
        done = subprocess.run(
            command,
            cwd=project_root(),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise TdotError(
            f"No step was done within {PATIENCE / 60:.0f} min; the machine is too busy to measure."
        ) from error
    if done.returncode:
        raise TdotError(_why(done.stderr))


def _text(value: object) -> str:
    return "none" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _why(err: str) -> str:
    lines = [line for line in err.splitlines() if line.strip()]
    said = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
    return (said or lines or ["The steps to measure ended without a word; memory may have run out."])[-1][:400]
