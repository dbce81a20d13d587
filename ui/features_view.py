"""The chart of the Features screen, the pictures under the pointer, and the pictures of what a lasso caught."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from tdot_core.services.clouds import Cloud, stack_images
from tdot_core.services.projection import Projection
from ui.features_figure import Look, feature_figure, point_id
from ui.features_hover import hover_pictures
from ui.page import plain
from ui.tile_grid import tile_grid

SELECTED = "features_selected"
CHART, ROUND = "features-chart", "features_round"
# Plotly lets a drawn lasso be dragged about, and so catches the pointer before it reaches the points inside.
STYLE = f"<style>.st-key-{CHART} .selectionlayer path {{ pointer-events: none !important; }}</style>"
MOST_SHOWN, MOST_NAMED = 96, 12
CONFIG = {"displaylogo": False, "displayModeBar": True, "scrollZoom": False}


def looks_with_tiles(clouds: Sequence[Cloud], looks: dict[str, Look]) -> dict[str, Look]:
    """Return the looks with the place of each cloud's pictures in the atlas of `stack_images`."""
    _, starts = stack_images(clouds)
    return {cloud.id: Look(looks[cloud.id].label, looks[cloud.id].style, starts.get(cloud.id)) for cloud in clouds}


@st.fragment
def explore(
    clouds: Sequence[Cloud], looks: dict[str, Look], projection: Projection, axes: Sequence[int], mark: str
) -> None:
    """Show the chart with lasso and box, and below it the pictures of the selected points; a selection reruns only this.

    mark: differs whenever the points differ, so that a chart never keeps a selection among other points.
    """
    looks = looks_with_tiles(clouds, looks)
    figure = feature_figure(clouds, looks, projection, axes)
    chart_key = f"features_points_{mark}_{st.session_state.get(ROUND, 0)}"
    st.html(STYLE)
    with st.container(key=CHART):
        st.plotly_chart(
            figure, key=chart_key, on_select=lambda: _keep(chart_key), selection_mode=("points", "box", "lasso"), config=CONFIG,
            alt="Scatter plot of image features along the principal axes of the real ones",
        )  # fmt: skip
    hover_pictures(stack_images(clouds)[0], f".st-key-{CHART}", key="features_hover")
    _selected(clouds, looks, flat=len(axes) == 2)


def _keep(chart_key: str) -> None:
    # Streamlit forgets a chart's selection when the reader leaves the page, so the ids are noted.
    event = st.session_state[chart_key]
    st.session_state[SELECTED] = [
        str(point["customdata"][0]) for point in event["selection"]["points"] if point.get("customdata")
    ]


def _clear() -> None:
    # A chart of another key comes without the lasso that is drawn on this one.
    st.session_state[SELECTED] = []
    st.session_state[ROUND] = st.session_state.get(ROUND, 0) + 1


def _selected(clouds: Sequence[Cloud], looks: dict[str, Look], *, flat: bool) -> None:
    chosen = set(st.session_state.get(SELECTED, []))
    rows = {cloud.id: [row for row in range(cloud.n) if point_id(cloud, row) in chosen] for cloud in clouds}
    total = sum(map(len, rows.values()))
    st.subheader("Selected images", anchor=False)
    if not total:
        st.caption(
            "Draw around points with the lasso, or drag a box (icons at the chart's top right), to see their images here."
            if flat else "Selecting works in the flat views: choose two components under View."
        )  # fmt: skip
        return
    left, right = st.columns([4, 1], vertical_alignment="center")
    left.markdown(
        f"**{total}** selected: "
        + " · ".join(f"{len(rows[c.id])} {plain(looks[c.id].label)}" for c in clouds if rows[c.id])
    )
    right.button("Clear selection", key="features_clear", icon=":material/close:", on_click=_clear)
    for cloud in clouds:
        if rows[cloud.id]:
            _grid(cloud, rows[cloud.id], looks[cloud.id].label)


def _grid(cloud: Cloud, rows: list[int], label: str) -> None:
    more = f", the first {MOST_SHOWN} shown" if len(rows) > MOST_SHOWN and cloud.images is not None else ""
    st.markdown(f"**{plain(label)}** ({len(rows)}{more})")
    names = [cloud.name(row) for row in rows]
    if cloud.images is None:
        listed = ", ".join(names[:MOST_NAMED]) + (
            f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
        )
        st.caption(plain(listed) + ". Import the data set to see the pictures.")
        return
    tile_grid(
        cloud.images[rows[:MOST_SHOWN]], names[:MOST_SHOWN], label=label, key=f"features_tiles_{cloud.id}", largest=2
    )
