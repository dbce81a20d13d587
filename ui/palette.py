"""One colour, marker and dash per prior, the same on every screen."""

from __future__ import annotations

from dataclasses import dataclass

from tdot_core.services.prior_catalogue import prior_catalogue


@dataclass(frozen=True)
class PriorStyle:
    """How a prior is drawn: color as #RRGGBB, marker and dash by Plotly's names."""

    color: str
    marker: str
    dash: str


# In the spirit of Okabe and Ito, but each at 3:1 or more against both the light and the dark page, and apart from every
# other under the three kinds of colour blindness (tests/ui/test_palette.py measures both).
COLORS = ("#8C9196", "#2563EB", "#DB7900", "#9C3F92", "#2AA35F", "#A866E0", "#BC3522")
MARKERS = ("circle", "square", "triangle-up", "diamond", "star", "x", "pentagon", "cross", "hexagon")
DASHES = ("solid", "dash", "dot", "dashdot", "longdash")

REAL = PriorStyle("#7A7469", "circle-open", "dot")
"""How real images are drawn, which are no prior."""


def prior_style(key: str) -> PriorStyle:
    """Return the style of a prior kind by its place in the catalogue; whatever is no prior is drawn as real images are.

    Beyond the fixed colours they repeat with other markers and dashes.
    """
    keys = [info.key for info in prior_catalogue()]
    if key not in keys:
        return REAL
    k = keys.index(key)
    return PriorStyle(COLORS[k % len(COLORS)], MARKERS[k % len(MARKERS)], DASHES[(k + k // len(COLORS)) % len(DASHES)])
