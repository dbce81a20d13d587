"""What all Plotly figures of the screens share."""

from __future__ import annotations

from typing import Any

from tdot_core.services.figures.base import QUIET, calm

__all__ = ["CONFIG", "QUIET", "TOOLS", "calm"]

CONFIG: dict[str, Any] = {"displaylogo": False, "displayModeBar": False, "responsive": True, "scrollZoom": False}
"""For st.plotly_chart(config=...) of figures to look at."""

TOOLS: dict[str, Any] = {
    "displaylogo": False,
    "responsive": True,
    "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"],
}
"""For st.plotly_chart(config=...) of figures to zoom into."""
