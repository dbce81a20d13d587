"""Checking feature arrays once, so that every metric gets a right value or a clear error."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tdot_core.errors import TdotError

Array = NDArray[np.floating[Any]]

BLOCK_ROWS = 4096
LARGEST, SMALLEST = 1e100, 1e-100
"""Beyond these, squares of squares leave double precision."""


def checked_features(name: str, array: Any, at_least: int = 1) -> Array:
    """Return features (n, d) as float32 or float64, unchanged and uncopied where they already are.

    name: "real" or "fake", for the message. Integers and float16 are widened. Raises TdotError when the array is not
    (n >= at_least, d >= 1), not of numbers, partly masked, or holds a NaN, an infinity or a value beyond 1e100, or when no
    value but 0 reaches 1e-100.
    """
    features = _plain_array(name, array)
    if features.ndim != 2 or features.shape[1] == 0:
        raise TdotError(f"The {name} features must have shape (n, d) with d >= 1, found {features.shape}.")
    if len(features) < at_least:
        raise TdotError(f"This needs at least {at_least} {name} images, found {len(features)}. Take more.")
    if features.dtype not in (np.float32, np.float64):
        with np.errstate(over="ignore"):
            features = features.astype(np.float32 if features.dtype == np.float16 else np.float64)
    blocks = range(0, len(features), BLOCK_ROWS)
    # The largest of all, or NaN: max keeps a NaN only where numpy computes it.
    largest = float(np.max([np.abs(features[start : start + BLOCK_ROWS]).max() for start in blocks], initial=0.0))
    if not largest <= LARGEST:
        raise TdotError(
            f"The {name} features hold NaN, infinity or values beyond {LARGEST:g} "
            "(float16 overflows above 65504); extract them again in float32."
        )
    if 0 < largest < SMALLEST:
        raise TdotError(f"The {name} features are all below {SMALLEST:g}, too small to be squared; scale them up.")
    return features


def _plain_array(name: str, array: Any) -> Array:
    """Return an ndarray of real numbers: a matrix multiplies otherwise, and a mask hides values that would be used."""
    if np.ma.is_masked(array):
        raise TdotError(f"The {name} features are partly masked; leave out the images that have no features.")
    try:
        features = np.asarray(array)
    except (ValueError, TypeError) as error:
        raise TdotError(f"The {name} features are no table of numbers: {str(error)[:80]}.") from error
    if features.dtype.kind not in "fiub":
        raise TdotError(f"The {name} features must be real numbers, found {features.dtype}.")
    return features


def checked_pair(real: Any, fake: Any, at_least: int = 1) -> tuple[Array, Array]:
    """Check real and fake features alike and against each other; raises TdotError when their widths differ."""
    real, fake = checked_features("real", real, at_least), checked_features("fake", fake, at_least)
    if real.shape[1] != fake.shape[1]:
        raise TdotError(
            f"Real features have width {real.shape[1]} and fake ones {fake.shape[1]}; take both from one extractor layer."
        )
    return real, fake


def finite(name: str, value: float) -> float:
    """Return value as a float; raises TdotError when it overflowed on the way."""
    if not math.isfinite(value):
        raise TdotError(f"{name} overflows double precision on these features; scale them down.")
    return float(value)
