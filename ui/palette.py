"""One colour, marker and dash per prior, the same on every screen and in every report."""

from __future__ import annotations

from tdot_core.services.catalogue.styles import COLORS, DASHES, FILLS, REAL, PriorStyle, prior_style

__all__ = ["COLORS", "DASHES", "FILLS", "REAL", "PriorStyle", "prior_style"]
