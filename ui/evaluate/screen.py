"""The Evaluate screen, top to bottom."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from tdot_core.errors import TdotError
from tdot_core.models.extractors import extractors
from tdot_core.services.catalogue.priors import prior_choices
from tdot_core.services.jobs import launcher
from tdot_core.services.runs.store import Run, list_runs
from tdot_core.services.storage.cache import free_bytes
from tdot_core.services.storage.readonly import read_only
from ui.address import asked, explain, put
from ui.evaluate.cost import count, measured_call, measured_feature, real_to_extract, seconds_per_call
from ui.evaluate.form import FORMER, ask
from ui.evaluate.history import history
from ui.evaluate.request import EvaluationRequest
from ui.evaluate.run import show_run
from ui.page import guarded, header
from ui.pickers.no_features import no_features
from ui.pickers.spaces import FeatureSpace, Real
from ui.runs.buttons import forget_problem, show_problem
from ui.widgets.readonly import read_only_note
from ui.words import plain

LEAD = (
    "Measure how close each prior's images come to real ones: distances between features, with a spread over independent sets. "
    "It runs in a process of its own, so you may leave this page, or close it, and come back."
)
PRESSED = "evaluate_pressed"


def show() -> None:
    """Draw the screen."""
    header("Evaluate", LEAD, FORMER)
    show_problem()
    runs = list_runs("evaluation")
    by_id = {run.id: run for run in runs}
    explain("run", known=by_id)
    shown = next((name for name in reversed(asked("run")) if name in by_id), None)
    if shown is not None:
        show_run(by_id[shown])
    with st.expander("New evaluation", expanded=shown is None, icon=":material/add_chart:", key=f"e_new_{shown}"):
        request, real, space = ask()
        if space is None:
            no_features(real, "e_space")
        else:
            slot = st.container()
            _start(request)
    history(runs, shown)
    if space is not None:
        with slot:
            _estimate(request, real, space, runs)


def _start(request: EvaluationRequest) -> None:
    name_box, button_box = st.columns([3, 1], vertical_alignment="bottom")
    label = name_box.text_input("Name (optional)", key="e_label", max_chars=80, placeholder="what this run is about")
    missing = request.missing
    button_box.button(
        "Start",
        type="primary",
        key="e_start",
        icon=":material/play_arrow:",
        disabled=bool(missing) or read_only(),
        width="stretch",
        on_click=_press,
    )
    read_only_note()
    if missing:
        st.caption(f":material/info: Choose at least {', '.join(missing)}.")
    # The callback only notes the press: what was typed last reaches the request when the script runs after it.
    if st.session_state.pop(PRESSED, False) and not missing:
        with guarded(), st.spinner("Checking the settings"):
            from tdot_core.services.evaluation.job import create_evaluation

            run = create_evaluation(request.spec(), label.strip())
            launcher.start(run)
            put(run=run.id)
            st.rerun()


def _press() -> None:
    forget_problem()
    st.session_state[PRESSED] = True


def _room(images: int, space: FeatureSpace) -> None:
    from tdot_core.services.training.disk_need import evaluation_bytes, room_sentence

    width = extractors.get(space.extractor.key).widths[space.layer]
    try:
        st.caption(room_sentence(evaluation_bytes(images, width), free_bytes()))
    except TdotError as error:
        st.warning(plain(str(error)), icon=":material/hard_drive:")


def _estimate(request: EvaluationRequest, real: Real, space: FeatureSpace, runs: Sequence[Run]) -> None:
    """Say what it costs. The first time the machine is measured, which happens last, when all else is on screen."""
    cost = count(request, {choice.name: choice for choice in prior_choices()})
    if not cost.rows:
        return
    _room(cost.images, space)
    slot = st.empty()
    busy = any(run.status().active for run in runs)
    with guarded():
        per_call = seconds_per_call(runs, request.net, request.device, request.precision)
        slot.caption(cost.sentence(per_call, None, real_to_extract(real, space)))
        if per_call is None and not busy:
            per_call = measured_call(request.net, request.device, request.precision)
        per_feature = None if busy else measured_feature(space)
        slot.caption(cost.sentence(per_call, per_feature, real_to_extract(real, space)))
