"""Contours around the densest half and nine tenths of each cloud."""

from __future__ import annotations

from html import escape

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from tdot_core.errors import TdotError
from tdot_core.maths.point_density import gaussian_density, mass_levels
from ui.palette import PriorStyle

SHARES = (0.9, 0.5)
SIDE, MOST, MARGIN = 56, 1500, 0.12
HELP = "Lines around the densest half and nine tenths of each kind of images, by a Gaussian kernel density with Scott's bandwidth."


def contour_trace(points: NDArray[np.float64], name: str, label: str, style: PriorStyle) -> go.Contour | None:
    """Return the two contours of points (n, 2) in a prior's colour and dash; None where the points have no density.

    name: of the cloud whose entry in the legend hides them. The first 1,500 points decide, a fair sample.
    """
    points = points[:MOST]
    low, high = points.min(0), points.max(0)
    margin = MARGIN * (high - low)
    x, y = (np.linspace(low[a] - margin[a], high[a] + margin[a], SIDE) for a in (0, 1))
    grid = np.stack(np.meshgrid(x, y), -1).reshape(-1, 2)
    try:
        found = gaussian_density(points, np.concatenate([grid, points]))
    except TdotError:
        return None
    outer, inner = mass_levels(found[len(grid) :], SHARES)
    return go.Contour(
        x=x,
        y=y,
        z=found[: len(grid)].reshape(SIDE, SIDE).astype(np.float32),
        name=f"{escape(label)}, contours",
        legendgroup=name,
        contours={"start": outer, "end": inner, "size": max(inner - outer, 1e-30), "coloring": "none"},
        showscale=False,
        line={"color": style.color, "dash": style.dash, "width": 2.2, "smoothing": 1.0},
        hoverinfo="skip",
        showlegend=False,
    )
