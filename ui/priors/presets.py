"""Which settings a new training begins with: a preset, or those of another training."""

from __future__ import annotations

from typing import Any

import streamlit as st

from tdot_core.errors import TdotError
from tdot_core.services.runs.store import Run, find_run
from tdot_core.services.training.preset_catalogue import PUBLISHED, QUICK
from ui import address
from ui.address import asked
from ui.runs.words import run_name
from ui.words import plain

WORD, LIKE = "preset", "like"


def begin_with(kind: str) -> tuple[str, dict[str, Any]]:
    """Show the choice of a beginning, kept in the address, and return the form's key and the settings it begins with."""
    from tdot_core.services.training.presets import HELP, PRESETS, like, preset, preset_names

    run = _asked_for(kind)
    names = {name: PRESETS[name] for name in preset_names(kind)} | (
        {LIKE: f"Like {run_name(run)}"} if run is not None else {}
    )
    # One widget per beginning: a value that was typed over one preset is not carried into another.
    key, default = f"train-preset-{kind}-{run.id if run else ''}", [LIKE if run is not None else PUBLISHED]
    begin = address.begin(WORD, key, names, default)
    chosen = st.segmented_control(
        "Begin with",
        list(names),
        default=begin[0] if begin else None,
        key=key,
        format_func=lambda name: names.get(name, name),
        required=True,
        help=" ".join(f"{PRESETS[name]}: {HELP[name]}" for name in preset_names(kind)),
    )
    address.write(WORD, key, default)
    if chosen == PUBLISHED:
        return f"train-{kind}", {}
    try:
        found = like(run.id) if chosen == LIKE and run is not None else preset(kind, str(chosen))
    except TdotError as error:
        st.warning(plain(str(error)), icon=":material/info:")
        return f"train-{kind}", {}
    st.caption(plain(found.origin))
    return f"train-{kind}-{run.id if chosen == LIKE and run is not None else chosen}", found.settings


def _asked_for(kind: str) -> Run | None:
    """Return the run of this kind that the address says to begin like."""
    try:
        run = find_run((asked(LIKE) or [""])[-1])
    except TdotError:
        return None
    return run if run.kind == kind else None


def offer_epochs(key: str, values: dict[str, Any], rate: Any) -> None:
    """In the quick preset, offer the number of epochs that two minutes hold, once a rate is measured."""
    from tdot_core.services.training.presets import epochs_for

    epochs = values.get("epochs")
    if not key.endswith(f"-{QUICK}") or not isinstance(epochs, int):
        return
    if rate is None:
        st.caption("Estimate first: how many epochs two minutes hold depends on this machine.")
        return
    fitting = epochs_for(rate, epochs)
    if fitting != epochs:
        st.button(
            f"Take {fitting} of {epochs} epochs",
            key="quick-epochs",
            icon=":material/bolt:",
            on_click=_set,
            args=(f"{key}-epochs", fitting),
            help="As many as two minutes hold at the measured rate, at least one.",
        )


def _set(key: str, value: int) -> None:
    st.session_state[key] = value
