"""One colour, marker and dash per prior, the same on every screen."""

from __future__ import annotations

from dataclasses import dataclass

from tdot_core.services.catalogue.priors import prior_catalogue, runs_in_order


@dataclass(frozen=True)
class PriorStyle:
    """How a prior is drawn: color as #RRGGBB, marker and dash by Plotly's names."""

    color: str
    marker: str
    dash: str


# In the spirit of Okabe and Ito, but each at 3:1 or more against both the light and the dark page, and apart from every
# other under the three kinds of colour blindness (tests/ui/test_palette.py measures both).
COLORS = ("#8C9196", "#2563EB", "#DB7900", "#9C3F92", "#2AA35F", "#A866E0", "#BC3522", "#805C59", "#CC66C4")
MARKERS = ("circle", "square", "triangle-up", "diamond", "star", "x", "pentagon", "cross", "hexagon", "hexagram")
DASHES = ("solid", "dash", "dot", "dashdot", "longdash")

FILLS = ("", "-open", "-open-dot")
"""How the marker of a kind's first, second, third, ... model is filled."""

REAL = PriorStyle("#7A7469", "circle-open", "dot")
"""How real images are drawn, which are no prior."""


def prior_style(key: str, run: str = "") -> PriorStyle:
    """Return the style of a prior: its colour and marker by its kind's place in the catalogue, fill and dash by its run.

    run: run id, "" for the first of its kind; one that was deleted is drawn like the second. Beyond the fixed colours and fills
    they repeat with other markers and dashes. Whatever is no prior is drawn as real images are.
    """
    keys = [info.key for info in prior_catalogue()]
    if key not in keys:
        return REAL
    k = keys.index(key)
    runs = runs_in_order(key) if run else ()
    place = runs.index(run) if run in runs else min(len(runs), 1)
    dash = k + k // len(COLORS) + place
    return PriorStyle(
        COLORS[k % len(COLORS)],
        MARKERS[k % len(MARKERS)] + FILLS[place % len(FILLS)],
        DASHES[dash % len(DASHES)],
    )
