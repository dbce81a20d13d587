"""The Evaluate screen, top to bottom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from tdot_core.errors import TdotError
from tdot_core.services.jobs import launcher
from tdot_core.services.prior_catalogue import prior_choices
from tdot_core.services.runs.store import Run, list_runs
from ui.evaluate_cost import count, measured_call, measured_feature, real_to_extract, seconds_per_call
from ui.evaluate_form import ask
from ui.evaluate_history import history
from ui.evaluate_run import show_problem, show_run
from ui.evaluate_spaces import Real, Space
from ui.features_empty import no_features
from ui.page import guarded, header, plain
from ui.query import asked, explain, put
from ui.readonly import locked, locked_note

LEAD = (
    "Measure how close each prior's images come to real ones: distances between features, with a spread over independent sets. "
    "It runs in a process of its own, so you may leave this page, or close it, and come back."
)
PRESSED = "evaluate_pressed"
CIFAR_CNN_WIDTH = 192


def show() -> None:
    """Draw the screen."""
    header("Evaluate", LEAD)
    show_problem()
    runs = list_runs("evaluation")
    by_id = {run.id: run for run in runs}
    explain("run", known=by_id)
    shown = next((name for name in reversed(asked("run")) if name in by_id), None)
    if shown is not None:
        show_run(by_id[shown])
    with st.expander("New evaluation", expanded=shown is None, icon=":material/add_chart:", key=f"e_new_{shown}"):
        values, real, space = ask()
        if space is None:
            no_features(real, "e_space")
        else:
            slot = st.container()
            _start(values)
    history(runs, shown)
    if space is not None:
        with slot:
            _estimate(values, real, space, runs)


def _start(values: dict[str, Any]) -> None:
    name_box, button_box = st.columns([3, 1], vertical_alignment="bottom")
    label = name_box.text_input("Name (optional)", key="e_label", max_chars=80, placeholder="what this run is about")
    missing = [name for name in ("priors", "t_stars", "samplers") if not values[name]]
    if values["images"] and not values["priors"]:
        missing = [name for name in missing if name != "priors"]
    button_box.button(
        "Start",
        type="primary",
        key="e_start",
        icon=":material/play_arrow:",
        disabled=bool(missing) or locked(),
        width="stretch",
        on_click=_press,
    )
    locked_note()
    if missing:
        words = {"priors": "a prior", "t_stars": "a truncation step", "samplers": "a sampler"}
        st.caption(f":material/info: Choose at least {', '.join(words[name] for name in missing)}.")
    # The callback only notes the press: what was typed last reaches `values` when the script runs after it.
    if st.session_state.pop(PRESSED, False) and not missing:
        with guarded(), st.spinner("Checking the settings"):
            from tdot_core.services.evaluation import EvaluationSpec, create_evaluation

            run = create_evaluation(EvaluationSpec(**values), label.strip())
            launcher.start(run)
            put(run=run.id)
            st.rerun()


def _press() -> None:
    st.session_state[PRESSED] = True


def _room(images: int, space: Space) -> None:
    from tdot_core.services.cache_space import free_bytes
    from tdot_core.services.job_size import evaluation_bytes, room_sentence

    width = int(space.layer) if space.layer.isdecimal() else CIFAR_CNN_WIDTH
    try:
        st.caption(room_sentence(evaluation_bytes(images, width), free_bytes()))
    except TdotError as error:
        st.warning(plain(str(error)), icon=":material/hard_drive:")


def _estimate(values: dict[str, Any], real: Real, space: Space, runs: Sequence[Run]) -> None:
    """Say what it costs. The first time the machine is measured, which happens last, when all else is on screen."""
    cost = count(values, {choice.name: choice for choice in prior_choices()})
    if not cost.rows:
        return
    _room(cost.images, space)
    slot = st.empty()
    busy = any(run.status().active for run in runs)
    with guarded():
        per_call = seconds_per_call(runs, values["net"], values["device"], values["precision"])
        slot.caption(cost.sentence(per_call, None, real_to_extract(real, space)))
        if per_call is None and not busy:
            per_call = measured_call(values["net"], values["device"], values["precision"])
        per_feature = None if busy else measured_feature(space)
        slot.caption(cost.sentence(per_call, per_feature, real_to_extract(real, space)))
