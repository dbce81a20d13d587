"""Lists and ranges in a sweep file, checked where they stand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tdot_core.errors import TdotError

MOST_VALUES = 10_000
RANGE = {"from", "to", "step"}


def values_of(value: Any, place: str, check: Callable[[Any, str], Any]) -> list[Any]:
    """Return the values that an entry stands for, each once, in order: one value, a list, or {from, to, step} of whole numbers.

    place: where it stands, for errors; check(item, place): returns the item, raising TdotError when it is wrong. A range is
    counted before it is made: more than 10,000 values are refused.
    """
    items = value if isinstance(value, list) else [value]
    found: list[Any] = []
    for item in items:
        found += _range(item, place) if isinstance(item, dict) else [item]
        if len(found) > MOST_VALUES:
            raise TdotError(f"{place}: more than {MOST_VALUES:,} values. Take fewer, or several sweeps.")
    if not found:
        raise TdotError(f"{place}: expected at least one value, found an empty list.")
    return list(dict.fromkeys(check(item, place) for item in found))


def _range(value: dict[str, Any], place: str) -> list[int]:
    if set(value) - RANGE or not {"from", "to"} <= set(value):
        raise TdotError(
            f"{place}: a range is {{from = 10, to = 100, step = 10}}, found the names {', '.join(sorted(value))}."
        )
    low, high, step = (whole_number(value.get(name, 1), f"{place}.{name}") for name in ("from", "to", "step"))
    if step < 1 or high < low:
        raise TdotError(f"{place}: a range goes up in steps of at least 1, found from {low} to {high} by {step}.")
    if (high - low) // step >= MOST_VALUES:
        raise TdotError(
            f"{place}: this range has {(high - low) // step + 1:,} values; at most {MOST_VALUES:,} are taken."
        )
    return list(range(low, high + 1, step))


def whole_number(value: Any, place: str) -> int:
    """Return value when it is a whole number; raises TdotError naming the place otherwise."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TdotError(f"{place}: expected a whole number, found {str(value)[:60]!r}.")
    return value


def text(value: Any, place: str) -> str:
    """Return value when it is a text that is not empty; raises TdotError naming the place otherwise."""
    if not isinstance(value, str) or not value.strip():
        raise TdotError(f"{place}: expected a text, found {str(value)[:60]!r}.")
    return value
