"""The figure of the Features screen: real and generated images as points."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go

from tdot_core.services.features.clouds import TEST, TRAIN, Cloud
from ui.features.contours import contour_trace
from ui.features.paint import Paint
from ui.features.places import Float64, Places
from ui.figures.base import QUIET
from ui.palette import PriorStyle

HEIGHT, CLEAR, ACTIVE = 580, "rgba(0,0,0,0)", "#2563EB"
SIZES = {TRAIN: 5, TEST: 7}
NEUTRAL = "#8C9196"
"""Marks in the legend where colour stands for something else than the prior."""
WEBGL = 3000
"""Points from which the browser's graphics unit draws them: 10,000 are then panned without a pause. Fewer need no WebGL."""


@dataclass(frozen=True)
class Look:
    """Say how a cloud is drawn and called. tile: where its pictures begin in the atlas, None without pictures."""

    label: str
    style: PriorStyle
    tile: int | None = None


def feature_figure(
    clouds: Sequence[Cloud],
    looks: Mapping[str, Look],
    places: Places,
    paint: Paint | None = None,
    *,
    contours: bool = False,
    selected: Collection[str] = (),
) -> go.Figure:
    """Return a scatter of the clouds at their places, the real images undermost, with contours around flat ones where asked for.

    Every point carries customdata (point id, tile in the atlas or -1, name): Streamlit's indices are per trace. selected: ids of
    points that are marked from the beginning.
    """
    paint = paint or Paint()
    swift = sum(cloud.n for cloud in clouds) >= WEBGL
    figure = go.Figure()
    for cloud in clouds:
        figure.add_trace(_trace(cloud, looks[cloud.id], places.by_cloud[cloud.id], paint, swift, selected))
        if cloud.id in paint.values:
            figure.add_trace(_legend_entry(cloud, looks[cloud.id], flat=places.flat))
    if contours and places.flat:
        for cloud in clouds:
            look = looks[cloud.id]
            lines = contour_trace(places.by_cloud[cloud.id], cloud.id, look.label, look.style)
            if lines is not None and cloud.id != TEST:
                figure.add_trace(lines)
    _lay_out(figure, places, paint)
    return figure


def _lay_out(figure: go.Figure, places: Places, paint: Paint) -> None:
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 8, "r": 8, "t": 34, "b": 8},
        dragmode="lasso" if places.flat else "orbit",
        legend={"orientation": "h", "y": -0.14, "yanchor": "top", "x": 0, "itemsizing": "constant"},
        hovermode="closest",
        paper_bgcolor=CLEAR,
        plot_bgcolor=CLEAR,
        modebar={"bgcolor": CLEAR, "color": QUIET, "activecolor": ACTIVE},
        uirevision="features",
    )
    if paint.axis:
        figure.update_layout(coloraxis=dict(paint.axis))
    if places.flat:
        figure.update_xaxes(title=places.titles[0], zeroline=False)
        figure.update_yaxes(title=places.titles[1], zeroline=False)
        return
    box = {f"{letter}axis": _axis_3d(title) for letter, title in zip("xyz", places.titles, strict=True)}
    figure.update_layout(
        scene={**box, "aspectmode": "cube", "bgcolor": CLEAR, "camera": {"eye": {"x": 1.35, "y": 1.35, "z": 0.9}}},
        legend={"y": -0.02},
    )


def _axis_3d(title: str) -> dict[str, object]:
    return {
        "title": {"text": title},
        "backgroundcolor": CLEAR,
        "gridcolor": "rgba(128,128,128,0.35)",
        "zeroline": False,
    }


def _trace(
    cloud: Cloud, look: Look, places: Float64, paint: Paint, swift: bool, selected: Collection[str]
) -> go.Scatter | go.Scattergl | go.Scatter3d:
    ids = [point_id(cloud, row) for row in range(cloud.n)]
    own: dict[str, Any] = {
        "name": escape(look.label),
        "mode": "markers",
        "legendgroup": cloud.id,
        "customdata": [
            [ids[row], -1 if look.tile is None else look.tile + row, escape(cloud.name(row))] for row in range(cloud.n)
        ],
        "hovertemplate": "<b>%{fullData.name}</b><br>%{customdata[2]}<extra></extra>",
    }
    coordinates = places.astype(np.float32)
    painted = paint.values.get(cloud.id)
    own["showlegend"] = painted is None
    colour = {"color": look.style.color} if painted is None else {"color": painted, "coloraxis": "coloraxis"}
    real = cloud.id in SIZES
    if coordinates.shape[1] == 3:
        x, y, z = coordinates.T
        marker = {**colour, "size": 2.5 if real else 3.5, "symbol": _symbol_3d(look.style.marker)}
        return go.Scatter3d(x=x, y=y, z=z, marker=marker, opacity=0.5 if real else 0.85, **own)
    x, y = coordinates.T
    marker = {
        **colour,
        "size": SIZES.get(cloud.id, 8),
        "symbol": look.style.marker,
        "opacity": 0.55 if real else 0.8,
        "line": {"width": 1 if "open" in look.style.marker else 0},
    }
    if selected:
        own["selectedpoints"] = [row for row in range(cloud.n) if ids[row] in selected]
    kind = go.Scattergl if swift else go.Scatter
    return kind(x=x, y=y, marker=marker, unselected={"marker": {"opacity": 0.12}}, **own)


def _legend_entry(cloud: Cloud, look: Look, *, flat: bool) -> go.Scatter | go.Scatter3d:
    # A trace whose points have colours of their own gets a black mark in the legend, which the dark page swallows.
    own: dict[str, Any] = {
        "name": escape(look.label),
        "mode": "markers",
        "legendgroup": cloud.id,
        "hoverinfo": "skip",
        "x": [None],
        "y": [None],
    }
    if not flat:
        return go.Scatter3d(z=[None], marker={"color": NEUTRAL, "symbol": _symbol_3d(look.style.marker)}, **own)
    return go.Scatter(marker={"color": NEUTRAL, "symbol": look.style.marker, "size": 8}, **own)


def _symbol_3d(marker: str) -> str:
    # Plotly's 3-D marks are few: colour tells kinds apart, and fill, where there is one, two models of a kind.
    shape = marker.partition("-")[0]
    shape = shape if shape in ("circle", "square", "diamond", "cross", "x") else "circle"
    return f"{shape}-open" if "-open" in marker and shape in ("circle", "square", "diamond") else shape


def point_id(cloud: Cloud, row: int) -> str:
    """Return what names one point across reruns: its cloud and its image."""
    return f"{cloud.id}/{cloud.index[row]}"
