"""The numbers behind the points, as a table and as CSV."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from tdot_core.services.features.clouds import Cloud
from ui.features.compute import RealSide
from ui.features.figure import Look
from ui.features.near import nearest_real
from ui.features.places import Places

FIRST = 500


def points_table(clouds: Sequence[Cloud], looks: dict[str, Look], places: Places, frame: RealSide) -> pd.DataFrame:
    """Return one line per point: what it is, where it lies on the chart, and its nearest real training image."""
    parts = []
    for cloud in clouds:
        near = nearest_real(cloud, frame)
        axes = {title: places.by_cloud[cloud.id][:, k] for k, title in enumerate(places.titles)}
        parts.append(
            pd.DataFrame(
                {
                    "images": looks[cloud.id].label,
                    "image": [cloud.name(row) for row in range(cloud.n)],
                    **axes,
                    "nearest real row": frame.reference.rows[near.rows[:, 0]],
                    "distance to it": near.distances[:, 0],
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def show_numbers(clouds: Sequence[Cloud], looks: dict[str, Look], places: Places, frame: RealSide) -> None:
    """Show a fold of the first points as a table, sent when it is opened, and a button that saves all as CSV."""

    def make() -> pd.DataFrame:
        return points_table(clouds, looks, places, frame)

    with st.container(horizontal=True, horizontal_alignment="right", key="features_numbers"):
        fold = st.popover("Data", icon=":material/table_rows:", type="tertiary", key="features_data", on_change="rerun")
        st.download_button(
            "CSV",
            lambda: str(make().to_csv(index=False)),
            "tdot-features.csv",
            "text/csv",
            key="features_csv",
            type="tertiary",
            icon=":material/download:",
            on_click="ignore",
            help="Every point with its coordinates and its nearest real image",
        )
    if fold.open:
        with fold:
            table = make()
            st.dataframe(table.head(FIRST), hide_index=True, height=260, width=640)
            if len(table) > FIRST:
                st.caption(f"The first {FIRST} of {len(table):,}; CSV has all.")
