"""The chart of the Features screen, what it can show, and what is chosen on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from tdot_core.services.features.clouds import Cloud, stack_images
from ui.address import BIND, explain
from ui.features.chosen import ROUND, SELECTED, show_chosen
from ui.features.compute import RealSide
from ui.features.contours import HELP as CONTOUR_HELP
from ui.features.figure import Look, feature_figure
from ui.features.missing import show_missing
from ui.features.paint import CLASS, COLOURS, HELP, PRIOR, find_paint
from ui.features.places import Places
from ui.features.points import show_numbers
from ui.returning import note
from ui.widgets.hover_pictures import MOST_TILES, hover_pictures

CHART, BEGUN = "features-chart", "features_begun"
# Plotly lets a drawn lasso be dragged about, and so catches the pointer before it reaches the points inside.
STYLE = f"<style>.st-key-{CHART} .selectionlayer path {{ pointer-events: none !important; }}</style>"
CONFIG = {"displaylogo": False, "displayModeBar": True, "scrollZoom": False}


def looks_with_tiles(clouds: Sequence[Cloud], looks: dict[str, Look]) -> dict[str, Look]:
    """Return the looks with the place of each cloud's pictures in the atlas of `stack_images`."""
    _, starts = stack_images(clouds, MOST_TILES)
    return {cloud.id: Look(looks[cloud.id].label, looks[cloud.id].style, starts.get(cloud.id)) for cloud in clouds}


@st.fragment
def explore(clouds: Sequence[Cloud], looks: dict[str, Look], frame: RealSide, places: Places, mark: str) -> None:
    """Show the chart with lasso and box, and below it what was chosen and what is missing; a selection reruns only this.

    mark: differs whenever the points differ, so that a chart never keeps a selection among other points.
    """
    looks = looks_with_tiles(clouds, looks)
    colour, contours = _options(frame, flat=places.flat)
    chart_key = f"features_points_{mark}_{colour}_{contours}_{st.session_state.get(ROUND, 0)}"
    names = tuple(look.label for look in looks.values())
    figure = _figure(chart_key, names, _chosen_before(chart_key), clouds, looks, frame, places, colour, contours)
    st.html(STYLE)
    with st.container(key=CHART):
        st.plotly_chart(
            figure,
            key=chart_key,
            on_select=lambda: _keep(chart_key),
            selection_mode=("points", "box", "lasso"),
            config=CONFIG,
            alt=f"Scatter plot of image features: {' against '.join(places.titles[:2])}, coloured by {colour}",
        )
    hover_pictures(stack_images(clouds, MOST_TILES)[0], f".st-key-{CHART}", key="features_hover")
    show_numbers(clouds, looks, places, frame)
    show_chosen(clouds, looks, frame, flat=places.flat)
    show_missing(clouds, looks, frame)


def _chosen_before(chart_key: str) -> tuple[str, ...]:
    """Return the points that were chosen when this chart came on screen, which are marked on it from the beginning."""
    # Not those chosen on it since: a figure that changes is a new chart to Streamlit, without the lasso that is drawn on it.
    key, chosen = st.session_state.get(BEGUN, ("", ()))
    if key != chart_key:
        chosen = tuple(st.session_state.get(SELECTED, []))
        st.session_state[BEGUN] = (chart_key, chosen)
    return tuple(chosen)


def _options(frame: RealSide, *, flat: bool) -> tuple[str, bool]:
    """Show what colour stands for and whether contours are drawn, both kept in the address, and return the choice."""
    explain("colour", known=COLOURS.values())
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    label = left.segmented_control(
        "Colour", list(COLOURS.values()), default=COLOURS[PRIOR], key="colour", required=True, help=HELP, **BIND
    )
    contours = right.toggle("Density contours", key="contours", help=CONTOUR_HELP, disabled=not flat, **BIND)
    note()
    colour = next((name for name, text in COLOURS.items() if text == label), PRIOR)
    if colour == CLASS and frame.reference.labels is None:
        st.caption("These images have no classes, so colour stands for the prior.")
    return colour, bool(contours) and flat


@st.cache_resource(max_entries=12, show_spinner=False)
def _figure(
    chart: str,
    names: tuple[str, ...],
    begin: tuple[str, ...],
    _clouds: Sequence[Cloud],
    _looks: dict[str, Look],
    _frame: RealSide,
    _places: Places,
    colour: str,
    contours: bool,
) -> Any:
    paint = find_paint(_clouds, _frame, colour)
    return feature_figure(_clouds, _looks, _places, paint, contours=contours, selected=set(begin))


def _keep(chart_key: str) -> None:
    # Streamlit forgets a chart's selection when the reader leaves the page, so the ids are noted.
    event = st.session_state[chart_key]
    st.session_state[SELECTED] = [
        str(point["customdata"][0]) for point in event["selection"]["points"] if point.get("customdata")
    ]
