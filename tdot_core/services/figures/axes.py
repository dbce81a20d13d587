"""Axes that suit what is on them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

WIDE = 20
"""Factor between the largest and the smallest value from which an axis is logarithmic."""
CROWDED = 2.5
"""Decades over which ticks at 1, 2 and 5 would run into each other."""
ROOMY = 0.9
"""Decades under which there is room for more of them."""


def spans_widely(values: Sequence[float], wide: float = WIDE) -> bool:
    """Return whether positive values span a factor of at least `wide`."""
    return bool(values) and min(values) > 0 and max(values) / min(values) >= wide


def log_axis(values: Sequence[float]) -> dict[str, Any]:
    """Return the settings of a logarithmic axis over positive values, with round ticks and room at both ends."""
    low, high = math.log10(min(values)), math.log10(max(values))
    leading = (1,) if high - low >= CROWDED else (1, 2, 5) if high - low >= ROOMY else (1, 2, 3, 4, 5, 6, 8)
    ticks = [m * 10.0**e for e in range(math.floor(low) - 1, math.ceil(high) + 1) for m in leading]
    pad = 0.06 * (high - low) or 0.1
    return {"type": "log", "tickvals": ticks, "ticktext": [f"{v:g}" for v in ticks], "range": [low - pad, high + pad]}
