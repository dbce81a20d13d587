"""What the colour of a point says: its prior, its class, or how far the nearest real image is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from numpy.typing import NDArray

from tdot_core.services.features.clouds import Cloud
from ui.features.compute import RealSide
from ui.features.near import classes_of, nearest_real
from ui.palette import COLORS

PRIOR, CLASS, DISTANCE = "prior", "class", "distance"
COLOURS = {PRIOR: "Prior", CLASS: "Class", DISTANCE: "Distance to real"}
HELP = (
    "Prior: which prior drew the image. Class: of a real image its own, of a generated one that of the nearest real image. "
    "Distance to real: Euclidean, in the features, to the nearest real training image (of at most 10,000); red is far from all of them."
)
NEAR_TO_FAR = [(0.0, "#8C9196"), (0.5, "#DB7900"), (1.0, "#BC3522")]
"""Grey to red through orange: each end is seen on the light and on the dark page."""
CLASS_COLORS = (*COLORS, "#1793A8")
"""Ten, as many as CIFAR-10 has classes; further ones repeat."""
MOST_NAMED = 24


@dataclass(frozen=True, eq=False)
class Paint:
    """Hold a number per point by cloud, (n,), and Plotly's colour axis for it; no values: colour is the prior's own."""

    values: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    axis: Mapping[str, Any] = field(default_factory=dict)


def find_paint(clouds: Sequence[Cloud], frame: RealSide, colour: str) -> Paint:
    """Return the colours by one of COLOURS; by prior, too, where classes are asked for and the images have none."""
    if colour == DISTANCE:
        distances = {cloud.id: nearest_real(cloud, frame).distances[:, 0] for cloud in clouds}
        return Paint(distances, {"colorscale": NEAR_TO_FAR, "cmin": 0, "colorbar": _bar("Distance")})
    classes = frame.reference.classes
    if colour == CLASS and classes and frame.reference.labels is not None:
        found = {cloud.id: classes_of(cloud, frame) for cloud in clouds}
        values = {name: labels for name, labels in found.items() if labels is not None}
        return Paint(values, _class_axis(classes))
    return Paint()


def _class_axis(classes: Sequence[str]) -> dict[str, Any]:
    n = len(classes)
    colours = [CLASS_COLORS[k % len(CLASS_COLORS)] for k in range(n)]
    steps = [(edge / n, colour) for k, colour in enumerate(colours) for edge in (k, k + 1)]
    bar = _bar("Class")
    if n <= MOST_NAMED:
        bar |= {"tickvals": list(range(n)), "ticktext": [escape(name) for name in classes]}
    return {"colorscale": steps, "cmin": -0.5, "cmax": n - 0.5, "colorbar": bar}


def _bar(title: str) -> dict[str, Any]:
    return {"title": {"text": title}, "thickness": 14, "outlinewidth": 0, "len": 0.9}
