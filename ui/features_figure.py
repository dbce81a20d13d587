"""The figure of the Features screen: real and generated images as points along the real features' principal axes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

import plotly.graph_objects as go

from tdot_core.services.clouds import TEST, TRAIN, Cloud
from tdot_core.services.projection import Projection
from ui.figures.base import QUIET
from ui.palette import PriorStyle

HEIGHT, CLEAR, ACTIVE = 580, "rgba(0,0,0,0)", "#2563EB"
SIZES = {TRAIN: 5, TEST: 7}


@dataclass(frozen=True)
class Look:
    """Say how a cloud is drawn and called. tile: where its pictures begin in the atlas, None without pictures."""

    label: str
    style: PriorStyle
    tile: int | None = None


def feature_figure(
    clouds: Sequence[Cloud], looks: Mapping[str, Look], projection: Projection, axes: Sequence[int]
) -> go.Figure:
    """Return a scatter of the clouds along two or three of the projection's axes (0-based), the real images undermost.

    Every point carries customdata (point id, tile in the atlas or -1, name): Streamlit's indices are per trace.
    """
    figure = go.Figure([_trace(cloud, looks[cloud.id], projection, axes) for cloud in clouds])
    # In 3-D the titles run along slanted edges, where long ones are cut off.
    rest = "" if len(axes) == 3 else " of the real variance"
    titles = [f"PC{a + 1} ({projection.explained[a]:.1%}{rest})" for a in axes]
    figure.update_layout(
        height=HEIGHT, margin={"l": 8, "r": 8, "t": 34, "b": 8}, dragmode="orbit" if len(axes) == 3 else "lasso",
        legend={"orientation": "h", "y": -0.14, "yanchor": "top", "x": 0, "itemsizing": "constant"}, hovermode="closest",
        paper_bgcolor=CLEAR, plot_bgcolor=CLEAR, modebar={"bgcolor": CLEAR, "color": QUIET, "activecolor": ACTIVE}, uirevision="features",
    )  # fmt: skip
    if len(axes) == 3:
        box = {f"{letter}axis": _axis_3d(title) for letter, title in zip("xyz", titles, strict=True)}
        figure.update_layout(
            scene={**box, "aspectmode": "cube", "bgcolor": CLEAR, "camera": {"eye": {"x": 1.35, "y": 1.35, "z": 0.9}}},
            legend={"y": -0.02},
        )
    else:
        figure.update_xaxes(title=titles[0], zeroline=False)
        figure.update_yaxes(title=titles[1], zeroline=False)
    return figure


def _axis_3d(title: str) -> dict[str, object]:
    return {
        "title": {"text": title},
        "backgroundcolor": CLEAR,
        "gridcolor": "rgba(128,128,128,0.35)",
        "zeroline": False,
    }


def _trace(cloud: Cloud, look: Look, projection: Projection, axes: Sequence[int]) -> go.Scatter | go.Scatter3d:
    coordinates = projection.apply(cloud.features)
    own = {
        "name": escape(look.label),
        "mode": "markers",
        "customdata": [
            [point_id(cloud, row), -1 if look.tile is None else look.tile + row, escape(cloud.name(row))]
            for row in range(cloud.n)
        ],
        "hovertemplate": "<b>%{fullData.name}</b><br>%{customdata[2]}<extra></extra>",
    }
    real = cloud.id in SIZES
    if len(axes) == 3:
        x, y, z = (coordinates[:, a] for a in axes)
        marker = {"color": look.style.color, "size": 2.5 if real else 3.5, "symbol": _symbol_3d(look.style.marker)}
        return go.Scatter3d(x=x, y=y, z=z, marker=marker, opacity=0.5 if real else 0.85, **own)
    x, y = (coordinates[:, a] for a in axes)
    marker = {
        "color": look.style.color, "size": SIZES.get(cloud.id, 8), "symbol": look.style.marker,
        "opacity": 0.55 if real else 0.8, "line": {"width": 1 if "open" in look.style.marker else 0},
    }  # fmt: skip
    faded = {"marker": {"opacity": 0.12}}
    return go.Scatter(x=x, y=y, marker=marker, unselected=faded, **own)


def _symbol_3d(marker: str) -> str:
    # Plotly's 3-D marks are few: colour tells kinds apart, and fill, where there is one, two models of a kind.
    shape = marker.partition("-")[0]
    shape = shape if shape in ("circle", "square", "diamond", "cross", "x") else "circle"
    return f"{shape}-open" if "-open" in marker and shape in ("circle", "square", "diamond") else shape


def point_id(cloud: Cloud, row: int) -> str:
    """Return what names one point across reruns: its cloud and its image."""
    return f"{cloud.id}/{cloud.index[row]}"
