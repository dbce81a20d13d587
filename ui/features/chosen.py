"""What a lasso or a box caught: shares, pictures, and the real images nearest to each."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from tdot_core.services.features.clouds import TEST, TRAIN, Cloud, reference_cloud
from ui.features.compute import RealSide
from ui.features.figure import Look, point_id
from ui.features.near import classes_of, nearest_real
from ui.features.shares import CHOSEN, CLASS_HELP, HELP, OF_CHOSEN, OF_ITS_OWN, share_table
from ui.widgets.tile_grid import tile_grid
from ui.words import plain

SELECTED = "features_selected"
ROUND = "features_round"
MOST_SHOWN, MOST_NAMED = 48, 12
HOW = "Draw around points with the lasso, or drag a box (icons at the chart's top right), to see their images here."
PAIRS = (
    "Left the chosen images, right in the same order the real training image nearest to each in all dimensions of the features; "
    "point at one for its class and distance."
)


def show_chosen(clouds: Sequence[Cloud], looks: dict[str, Look], frame: RealSide, *, flat: bool) -> None:
    """Show the chosen points of every cloud, or how to choose some."""
    chosen = set(st.session_state.get(SELECTED, []))
    rows = {cloud.id: [row for row in range(cloud.n) if point_id(cloud, row) in chosen] for cloud in clouds}
    total = sum(map(len, rows.values()))
    st.subheader("Selected images", anchor=False)
    if not total:
        st.caption(HOW if flat else "Selecting works in the flat views: choose two components under View.")
        return
    left, right = st.columns([4, 1], vertical_alignment="center")
    counts = (f"{len(rows[c.id])} {plain(looks[c.id].label)}" for c in clouds if rows[c.id])
    left.markdown(f"**{total}** selected: " + " · ".join(counts))
    right.button("Clear selection", key="features_clear", icon=":material/close:", on_click=_clear)
    _shares(clouds, rows, looks, frame)
    st.caption(PAIRS)
    for cloud in clouds:
        if rows[cloud.id]:
            _pairs(cloud, rows[cloud.id], looks[cloud.id].label, frame)


def _clear() -> None:
    # A chart of another key comes without the lasso that is drawn on this one.
    st.session_state[SELECTED] = []
    st.session_state[ROUND] = st.session_state.get(ROUND, 0) + 1


def _shares(clouds: Sequence[Cloud], rows: dict[str, list[int]], looks: dict[str, Look], frame: RealSide) -> None:
    classes = frame.reference.classes if frame.reference.labels is not None else ()
    of_class = {cloud.id: classes_of(cloud, frame) for cloud in clouds if rows[cloud.id]}
    table = share_table(clouds, rows, {name: look.label for name, look in looks.items()}, of_class, classes)
    columns = {
        CHOSEN: st.column_config.NumberColumn(help=HELP[CHOSEN], width="small"),
        **{name: st.column_config.NumberColumn(help=HELP[name], format="%d %%") for name in (OF_ITS_OWN, OF_CHOSEN)},
        **{
            name: st.column_config.NumberColumn(help=CLASS_HELP.format(name=name), format="%d %%", width="small")
            for name in classes
        },
    }
    st.dataframe(table, hide_index=True, width="stretch", column_config=columns, key="features_shares")


def _pairs(cloud: Cloud, rows: list[int], label: str, frame: RealSide) -> None:
    """Show the chosen points of one cloud beside their nearest real images."""
    more = f", the first {MOST_SHOWN} shown" if len(rows) > MOST_SHOWN else ""
    st.markdown(f"**{plain(label)}** ({len(rows)}{more})")
    shown = rows[:MOST_SHOWN]
    near = nearest_real(cloud, frame)
    real = reference_cloud(frame.reference, near.rows[shown, 0])
    names = [cloud.name(row) for row in shown]
    beside = [f"{real.name(k)}, distance {near.distances[row, 0]:.3g} from {names[k]}" for k, row in enumerate(shown)]
    left, right = st.columns(2)
    with left:
        if cloud.images is None:
            _listed(names, len(rows))
        else:
            tile_grid(cloud.images[shown], names, label=label, key=f"features_tiles_{cloud.id}", largest=2)
    with right:
        if real.images is None:
            _table(real, names, [float(near.distances[row, 0]) for row in shown], cloud.id)
        else:
            about = f"Real images nearest to {label}"
            tile_grid(real.images, beside, label=about, key=f"features_near_{cloud.id}", largest=2)


def _listed(names: list[str], total: int) -> None:
    listed = ", ".join(names[:MOST_NAMED]) + (f" and {total - MOST_NAMED} more" if total > MOST_NAMED else "")
    st.caption(plain(listed) + ". Import the data set to see the pictures.")


def _table(real: Cloud, names: list[str], distances: list[float], cloud: str) -> None:
    word = "Real image" if cloud in (TRAIN, TEST) else "Generated"
    lines = [{word: name, "Nearest real": real.name(k), "Distance": distances[k]} for k, name in enumerate(names)]
    number = st.column_config.NumberColumn(format="%.3g", help="Euclidean, in all dimensions of the features.")
    st.dataframe(
        pd.DataFrame(lines),
        hide_index=True,
        height=220,
        width="stretch",
        column_config={"Distance": number},
        key=f"features_near_{cloud}",
    )
