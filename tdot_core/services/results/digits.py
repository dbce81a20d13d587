"""One number format: two digits of the error decide, and a column has the same decimals throughout."""

from __future__ import annotations

import math
from collections.abc import Iterable
from statistics import median

from tdot_core.metrics.value import MetricValue

MOST_PLACES = 6
IN_FULL = 1e15
"""Beyond this a number is written with its power of ten."""
UNKNOWN_ERROR = 3
"""Significant digits of a typical value where no error is known."""


def places_of(values: Iterable[float | None], errors: Iterable[float | None] = (), digits: int = UNKNOWN_ERROR) -> int:
    """Return how many decimals a column has: two digits of its median error, else `digits` of its median value.

    Nothing measured, or nothing but zeros, has none; at most six.
    """
    known = [abs(e) for e in errors if e is not None and e > 0 and math.isfinite(e)]
    if known:
        return _places(median(known), 2)
    sizes = [abs(v) for v in values if v is not None and v != 0 and math.isfinite(v)]
    return _places(median(sizes), digits) if sizes else 0


def places_of_column(column: Iterable[MetricValue | None]) -> int:
    """Return the decimals of a column of measured values; see `places_of`."""
    found = [value for value in column if value is not None]
    return places_of([value.value for value in found], [value.spread for value in found])


def number_text(value: float | None, places: int) -> str:
    """Return a number with so many decimals, "not measured" for None."""
    if value is None:
        return "not measured"
    return f"{value:,.{places}f}" if abs(value) < IN_FULL else f"{value:.{UNKNOWN_ERROR}g}"


def pair_text(value: float | None, error: float | None, places: int) -> str:
    """Return a value and its error with the same decimals, such as "3.560 ± 0.012"; the error is left out when unknown."""
    text = number_text(value, places)
    return text if value is None or error is None else f"{text} ± {error:.{places}f}"


def _places(size: float, digits: int) -> int:
    # Rounded first: 0.0996 has its two digits at 0.10.
    exponent = int(f"{size:.{digits - 1}e}".partition("e")[2])
    return min(max(digits - 1 - exponent, 0), MOST_PLACES)
