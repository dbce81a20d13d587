"""The Features screen, top to bottom."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from tdot_core.errors import TdotError
from tdot_core.progress import Progress
from tdot_core.services.features.clouds import TEST, TRAIN, Cloud
from ui.address import BIND, asked, explain, put
from ui.features.compute import RealSide, kept_clouds, mark, open_real_side, prior_clouds, real_clouds
from ui.features.figure import Look, feature_figure
from ui.features.places import find_places
from ui.features.settings import AXES, FORMER, MOST_POINTS, UMAP, FeatureRequest, ask
from ui.features.table import measure_table
from ui.features.view import explore
from ui.page import guarded, header
from ui.palette import REAL, PriorStyle, prior_style
from ui.pickers.no_features import no_features
from ui.pickers.spaces import add_fold, pick_real, pick_space
from ui.words import plain

LEAD = (
    "Every image becomes a point: its features in a trained network, seen along the directions in which **real** images vary "
    "most. A good prior's points spread over the real cloud; a collapsed one's huddle together."
)
LIVE = "features_live"
VIEW_HELP = (
    "PC: principal components of the real features, the directions in which they vary most. UMAP: a curved map that keeps "
    "neighbours together, for which distances between clusters mean little; it needs umap-learn."
)


def show() -> None:
    """Draw the screen."""
    header("Features", LEAD, FORMER)
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
    explain("axes", known=AXES)
    view = st.segmented_control(
        "View", list(AXES), default=next(iter(AXES)), key="axes", required=True, help=VIEW_HELP, **BIND
    )
    live = _live(request)
    bar = st.empty()
    with guarded():
        frame = open_real_side(real, space, lambda record: _progress(bar, "Real images", record))
        _show_clouds(frame, request, str(view), bar, live=live)
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


def _show_clouds(frame: RealSide, request: FeatureRequest, view: str, bar: DeltaGenerator, *, live: bool) -> None:
    real = real_clouds(frame, request, lambda record: _progress(bar, "Real images", record))
    looks = _looks(request)
    action, chart = st.empty(), st.empty()
    failed: dict[str, TdotError] = {}
    # What was drawn before stays on the chart while a prior that is added is drawn.
    made = kept_clouds(frame, request)
    if not request.priors:
        action.caption("Choose priors above to see their images among the real ones.")
    elif not live and len(made) < len(request.priors):
        n = request.n * (len(request.priors) - len(made))
        label = f"Draw {n} images and add them"
        action.button(
            label,
            type="primary",
            key="features_draw",
            icon=":material/play_arrow:",
            on_click=_set_live,
            args=(True,),
            disabled=request.too_many,
        )
    elif len(made) < len(request.priors):
        action.button("Cancel", key="features_cancel", icon=":material/close:", on_click=_set_live, args=(False,))
        _draw(frame, request, real, made, failed, view, bar, chart)
        action.empty()
    for name, error in failed.items():
        st.warning(f"**{plain(looks[name].label)}**: {plain(str(error))}", icon=":material/block:")
    clouds = [*real, *(made[choice.name] for choice in request.priors if choice.name in made)]
    with chart.container(), guarded():
        places = find_places(clouds, frame, view, lambda record: _progress(bar, "Map", record))
        bar.empty()
        explore(clouds, looks, frame, places, mark(clouds, frame, view))
    measure_table(clouds, looks, frame.reference, request.n)


def _draw(
    frame: RealSide,
    request: FeatureRequest,
    real: list[Cloud],
    made: dict[str, Cloud],
    failed: dict[str, TdotError],
    view: str,
    bar: DeltaGenerator,
    chart: DeltaGenerator,
) -> None:
    """Draw the priors that are not in made, and add each to it, or to failed; the chart shows what is there meanwhile."""
    looks, plain_view = _looks(request), view if view != UMAP else next(iter(AXES))

    def show_points() -> None:
        clouds = [*real, *made.values()]
        places = find_places(clouds, frame, plain_view, lambda record: None)
        chart.plotly_chart(feature_figure(clouds, looks, places))

    show_points()
    for name, found in prior_clouds(frame, request, set(made), lambda label, record: _progress(bar, label, record)):
        if isinstance(found, TdotError):
            failed[name] = found
        else:
            made[name] = found
            show_points()


def _looks(request: FeatureRequest) -> dict[str, Look]:
    own = {choice.name: Look(choice.label, prior_style(choice.key, choice.run)) for choice in request.priors}
    test = PriorStyle(REAL.color, "diamond-open", REAL.dash)
    return {TRAIN: Look("Real training images", REAL), TEST: Look("Real test images", test), **own}


def _progress(bar: DeltaGenerator, label: str, record: Progress) -> None:
    count = f": {record.step:,} of {record.total:,}" if record.total else ""
    share = min(record.step / record.total, 1.0) if record.total else 0.0
    bar.progress(share, f"{label}, {record.phase}{count}")
