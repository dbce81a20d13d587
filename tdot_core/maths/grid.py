"""The time grid that every sampler walks."""

from __future__ import annotations

import numpy as np

from tdot_core.errors import TdotError


def time_grid(t_star: int, n_steps: int) -> list[int]:
    """Return n_steps + 1 integers round(linspace(t_star, 0)), strictly decreasing from t_star to 0.

    t_star: >= 1; n_steps: 1..t_star. Raises TdotError otherwise. Halves round to even, as numpy does.
    """
    if t_star < 1:
        raise TdotError(f"t_star must be at least 1, found {t_star}.")
    if not 1 <= n_steps <= t_star:
        raise TdotError(
            f"n_steps must be from 1 to t_star = {t_star}, found {n_steps}: "
            "a step removes at least one step of noise. Lower the steps or raise t_star."
        )
    return [int(t) for t in np.round(np.linspace(t_star, 0, n_steps + 1))]


def kept_steps(n_steps: int, frames: int) -> list[int]:
    """Return which states of a chain to keep so that `frames` follow the start: 0 and n_steps among them, evenly spread.

    frames: at most n_steps are meaningful, 0 keeps none.
    """
    return sorted({int(k) for k in np.round(np.linspace(0, n_steps, min(frames, n_steps) + 1))}) if frames else []
