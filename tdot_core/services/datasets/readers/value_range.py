"""What numbers of an array mean as brightness: stated by the user, or evident, or refused."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tdot_core.errors import TdotError, unknown_name
from tdot_core.maths.quantise import array_to_uint8

RANGES = {"unit": (0.0, 1.0), "signed": (-1.0, 1.0), "byte": (0.0, 255.0)}
_SLACK = 1e-4  # of the width: what rounding in float16 or in a resize leaves outside
_HOW = "Say what they mean: --range unit for [0, 1], signed for [-1, 1], byte for [0, 255]; or save uint8."
_SAVE = "Save uint8, from 0 to 255."


@dataclass(frozen=True)
class Values:
    """The least and the greatest number of an array, and whether all are whole."""

    low: float
    high: float
    whole: bool


def survey(blocks: Iterable[NDArray[np.generic]], name: str) -> Values:
    """Return the values of an array given in pieces; raises TdotError when one is NaN or infinite."""
    low, high, whole = np.inf, -np.inf, True
    for block in blocks:
        low, high = min(low, float(block.min())), max(high, float(block.max()))
        if not np.isfinite([low, high]).all():
            raise TdotError(f"{name} holds NaN or infinite numbers, which are no brightness. Mend it.")
        if np.issubdtype(block.dtype, np.floating):
            whole = whole and bool((np.floor(block) == block).all())
    return Values(low, high, whole)


def decide_range(values: Values, stated: str, name: str, can_state: bool = True) -> str:
    """Return "unit", "signed" or "byte": as stated when the values fit, else what is evident.

    Evident is [0, 1] when values start at 0.25 or below and end above 0.5; [-1, 1] when they reach below -0.5; [0, 255]
    when all are whole and some above 127. can_state: there is a --range to say it with. Raises TdotError for what is outside or could be two of them.
    """
    found = f"its values go from {values.low:.4g} to {values.high:.4g}"
    if stated:
        if stated not in RANGES:
            raise unknown_name("range", stated, RANGES)
        if not _inside(values, stated):
            raise TdotError(f"{name} cannot be read as {stated} {list(RANGES[stated])}: {found}.")
        return stated
    if range_ := _evident(values):
        return range_
    raise TdotError(f"The range of {name} is not certain: {found}. {_HOW if can_state else _SAVE}")


def refuse_several_ranges(arrays: Sequence[tuple[str, Values]], can_state: bool = True) -> None:
    """Raise TdotError when the values of two arrays, given with their names, are evidently of different ranges.

    Together they would fit the wider one, in which the other loses its contrast.
    """
    of = {range_: (name, values) for name, values in reversed(arrays) if (range_ := _evident(values))}
    if len(of) > 1:
        found = " and ".join(
            f"{name} as {list(RANGES[range_])} (from {values.low:.4g} to {values.high:.4g})"
            for range_, (name, values) in reversed(of.items())
        )
        how = "Bring them to one range, or save uint8"
        stated = "; where they are of one, say which: --range unit, signed or byte" if can_state else ""
        raise TdotError(f"The arrays look like more than one range: {found}. {how}{stated}.")


def _evident(values: Values) -> str:
    if _inside(values, "unit") and values.low <= 0.25 and values.high > 0.5:
        return "unit"
    if _inside(values, "signed") and values.low <= -0.5:
        return "signed"
    return "byte" if _inside(values, "byte") and values.whole and values.high >= 128 else ""


def to_uint8(block: NDArray[np.generic], range_: str) -> NDArray[np.uint8]:
    """Return numbers of a range as the nearest level, uint8 0..255."""
    x: NDArray[np.floating] = block.astype(np.float32 if block.dtype.itemsize <= 4 else np.float64)
    low, high = RANGES[range_]
    return array_to_uint8(2 * (x - low) / (high - low) - 1 if range_ != "signed" else x)


def _inside(values: Values, range_: str) -> bool:
    low, high = RANGES[range_]
    slack = _SLACK * (high - low)
    return low - slack <= values.low and values.high <= high + slack
