"""A form that writes a sweep file."""

from __future__ import annotations

import json
from collections.abc import Sequence

import streamlit as st

from tdot_core.errors import TdotError
from tdot_core.models.extractors import DEFAULT
from tdot_core.services.catalogue.priors import prior_choices
from tdot_core.services.datasets import list_datasets
from tdot_core.services.features.extractors import available_extractors
from tdot_core.services.sweep.cells import cells_of
from tdot_core.services.sweep.kept import keep_sweep, start_sweep, sweep_text
from ui.address import ask, told_apart
from ui.page import show_error
from ui.pickers.priors import GRIDS, SAMPLERS
from ui.words import plain

STARTS, STEPS = "10, 50, 100, 200, 400", "4, 10, 20"


def show_form() -> None:
    """Show the form, the file it writes, and what can be done with it; wrong entries are said with their place."""
    text = _asked()
    try:
        sweep = sweep_text(text)
        cells = cells_of(sweep)
    except TdotError as error:
        show_error(error)
        st.code(text, language=None)
        return
    left, right = st.columns([3, 2], gap="large", vertical_alignment="top")
    left.code(text, language=None)
    with right:
        st.metric(
            "Cells",
            f"{len(cells):,}",
            help="Combinations; those with more steps than t* are left out. Common work is done once.",
        )
        st.button(
            "Start",
            type="primary",
            icon=":material/play_arrow:",
            key="sweep-start",
            on_click=_keep,
            args=(text, True),
            width="stretch",
        )
        st.button(
            "Keep without starting",
            icon=":material/save:",
            key="sweep-keep",
            on_click=_keep,
            args=(text, False),
            width="stretch",
        )
        st.download_button(
            "Download the file",
            text,
            f"{sweep.name}.toml",
            "application/toml",
            icon=":material/download:",
            on_click="ignore",
            width="stretch",
        )
        st.caption(f"The same from a terminal: `tdot sweep run {plain(sweep.name)}.toml`")
    if sentence := st.session_state.pop("sweep-error", None):
        st.error(plain(sentence), icon=":material/error:")


def _asked() -> str:
    choices = prior_choices()
    labels = told_apart({choice.name: choice.label for choice in choices})
    datasets = [info.name for info in list_datasets()]
    extractors = [info.key for info in available_extractors()]
    first, second, third, fourth = st.columns([2, 2, 1, 1])
    name = first.text_input("Name", "starts", key="sw_name", help="Letters, digits, dots, - and _")
    dataset = second.selectbox("Data set", datasets, index=_place(datasets, "cifar10"), key="sw_data")
    n = third.number_input("Images per set", 2, 50_000, 2000, key="sw_n")
    sets = fourth.number_input(
        "Sets", 1, 20, 3, key="sw_sets", help="Three or more give intervals, and with them ranks"
    )
    priors = st.multiselect(
        "Priors",
        list(labels),
        default=[c.name for c in choices if c.name == c.key][:4],
        format_func=lambda key: labels.get(key, key),
        key="sw_prior",
    )
    left, right, last = st.columns([2, 2, 2])
    starts = left.text_input("t\\*", STARTS, key="sw_t", help="Whole numbers with commas between them")
    steps = right.text_input("Steps", STEPS, key="sw_steps", help="Whole numbers with commas between them")
    extractor = last.selectbox("Features", extractors, index=_place(extractors, DEFAULT), key="sw_extractor")
    left, right = st.columns(2)
    samplers = left.multiselect("Samplers", list(SAMPLERS), default=["ddim", "unipc"], key="sw_sampler")
    grids = right.multiselect("Time grids", list(GRIDS), default=["uniform"], key="sw_grid")
    return sweep_toml(
        name,
        dataset=[dataset],
        prior=priors,
        t_star=_numbers(starts),
        sampler=samplers,
        grid=grids,
        steps=_numbers(steps),
        extractor=[extractor],
        n=int(n),
        sets=int(sets),
    )


def sweep_toml(name: str, **block: Sequence[str | int] | int) -> str:
    """Return a sweep file of one block. JSON writes the same strings, whole numbers and lists as TOML."""
    lines = [
        f"{key} = {json.dumps(list(value) if isinstance(value, Sequence) else value)}" for key, value in block.items()
    ]
    return "\n".join([f"name = {json.dumps(name)}", "", "[[block]]", *lines, ""])


def _numbers(text: str) -> list[str | int]:
    """Return the numbers of a list with commas; what is none stays a text, which the check of the file then names."""
    words = [word.strip() for word in text.split(",") if word.strip()]
    return [int(word) if word.isdecimal() else word for word in words]


def _place(names: Sequence[str], wanted: str) -> int:
    return names.index(wanted) if wanted in names else 0


def _keep(text: str, start: bool) -> None:
    try:
        name = keep_sweep(text)
        ask("sweep", "b_sweep", name)
        if start:
            start_sweep(name)
    except (TdotError, OSError) as error:
        st.session_state["sweep-error"] = str(error)
