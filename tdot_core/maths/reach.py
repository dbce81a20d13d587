"""Which truncation steps a prior serves; no torch here."""

from __future__ import annotations


def lowest_t(t_train: int | None) -> int:
    """Return the smallest t_star that a prior serves: noise can be added exactly to x_{t_train}, but not taken away.

    t_train: 0 for clean images, None for a prior that draws at any t; a chain starts at 1 or above.
    """
    return max(t_train or 1, 1)
