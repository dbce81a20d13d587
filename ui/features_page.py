"""The Features screen, top to bottom."""

from __future__ import annotations

import streamlit as st

from tdot_core.errors import TdotError
from tdot_core.progress import Progress
from tdot_core.services.clouds import TEST, TRAIN
from ui.evaluate_spaces import add_fold, pick_real, pick_space
from ui.features_compute import Frame, mark, open_frame, prior_clouds, real_clouds
from ui.features_empty import no_features
from ui.features_figure import Look, feature_figure
from ui.features_settings import AXES, MOST_POINTS, FeatureRequest, ask
from ui.features_table import measure_table
from ui.features_view import explore
from ui.page import guarded, header, plain
from ui.palette import REAL, PriorStyle, prior_style
from ui.query import BIND, asked, explain, put

LEAD = (
    "Every image becomes a point: its features in a trained network, seen along the directions in which **real** images vary "
    "most. A good prior's points spread over the real cloud; a collapsed one's huddle together."
)
LIVE = "features_live"


def show() -> None:
    """Draw the screen."""
    header("Features", LEAD)
    left, right = st.columns(2)
    with left:
        real = pick_real("f_data")
    with right:
        space = pick_space(real, "f_space")
    if space is None:
        no_features(real, "f_space")
        add_fold("f_data")
        return
    request = ask()
    explain("f_view", known=AXES)
    axes = AXES[st.segmented_control("View", list(AXES), default=next(iter(AXES)), key="f_view", required=True, **BIND)]
    live = _live(request)
    bar = st.empty()
    with guarded():
        frame = open_frame(real, space, lambda record: _progress(bar, "Real images", record))
        _show_clouds(frame, request, axes, bar, live=live)
    bar.empty()
    add_fold("f_data")


def _live(request: FeatureRequest) -> bool:
    """Return whether priors are to be drawn: at once where they are quick, else after a click; the address keeps a choice."""
    st.session_state.setdefault(LIVE, {"1": True, "0": False}.get("".join(asked("draw"))))
    if request.too_many:
        st.warning(f"More than {MOST_POINTS:,} points make the chart slow; choose fewer images or priors.")
        return False
    chosen = st.session_state[LIVE]
    put(draw=None if chosen is None else int(chosen))
    return request.is_quick if chosen is None else bool(chosen)


def _set_live(live: bool) -> None:
    st.session_state[LIVE] = live


def _show_clouds(frame: Frame, request: FeatureRequest, axes: tuple[int, ...], bar: object, *, live: bool) -> None:
    clouds = real_clouds(frame, request, lambda record: _progress(bar, "Real images", record))
    looks = _looks(request)
    action, chart = st.empty(), st.empty()
    failed: dict[str, TdotError] = {}
    if not request.priors:
        action.caption("Choose priors above to see their images among the real ones.")
    elif not live:
        n = request.n * len(request.priors)
        label = f"Draw {n} images and add them"
        action.button(
            label, type="primary", key="features_draw", icon=":material/play_arrow:", on_click=_set_live, args=(True,),
            disabled=request.too_many,
        )  # fmt: skip
    else:
        action.button("Cancel", key="features_cancel", icon=":material/close:", on_click=_set_live, args=(False,))
        chart.plotly_chart(feature_figure(clouds, looks, frame.projection, axes))
        for name, found in prior_clouds(frame, request, lambda label, record: _progress(bar, label, record)):
            if isinstance(found, TdotError):
                failed[name] = found
            else:
                clouds.append(found)
                chart.plotly_chart(feature_figure(clouds, looks, frame.projection, axes))
        action.empty()
    bar.empty()
    for name, error in failed.items():
        st.warning(f"**{plain(looks[name].label)}**: {plain(str(error))}", icon=":material/block:")
    with chart.container():
        explore(clouds, looks, frame.projection, axes, mark(clouds, frame, axes))
    measure_table(clouds, looks, frame.reference, request.n)


def _looks(request: FeatureRequest) -> dict[str, Look]:
    own = {choice.name: Look(choice.label, prior_style(choice.key, choice.run)) for choice in request.priors}
    test = PriorStyle(REAL.color, "diamond-open", REAL.dash)
    return {TRAIN: Look("Real training images", REAL), TEST: Look("Real test images", test), **own}


def _progress(bar: object, label: str, record: Progress) -> None:
    count = f": {record.step:,} of {record.total:,}" if record.total else ""
    share = min(record.step / record.total, 1.0) if record.total else 0.0
    bar.progress(share, f"{label}, {record.phase}{count}")
