"""The times that a sampler walks over."""

from __future__ import annotations

import numpy as np

from tdot_core.errors import TdotError
from tdot_core.maths.grids import grids
from tdot_core.maths.schedule import Float64, NoiseSchedule

UNIFORM = "uniform"
"""The grid that is meant where none is named."""


def time_grid(t_star: int, n_steps: int, grid: str = UNIFORM, schedule: NoiseSchedule | None = None) -> list[int]:
    """Return n_steps + 1 strictly decreasing integers from t_star to 0.

    t_star: >= 1; n_steps: 1..t_star; grid: a key of `grids`; schedule: whose noise levels a grid may look at (the default one
    when None). Times are rounded, halves to even as numpy does; where two would collide, the noisier one takes the nearest free
    integer above, and below t_star. Raises TdotError for a number out of range or an unknown grid.
    """
    if t_star < 1:
        raise TdotError(f"t_star must be at least 1, found {t_star}.")
    if not 1 <= n_steps <= t_star:
        raise TdotError(
            f"n_steps must be from 1 to t_star = {t_star}, found {n_steps}: "
            "a step removes at least one step of noise. Lower the steps or raise t_star."
        )
    times = grids.get(grid)().times(t_star, n_steps, schedule or NoiseSchedule(T=max(1000, t_star)))
    return [*_apart(times, t_star), 0]


def _apart(times: Float64, t_star: int) -> list[int]:
    """Return the times as distinct integers, from t_star down to at least 1."""
    found = [int(t) for t in np.round(times)]
    for k in reversed(range(len(found))):
        found[k] = max(found[k], found[k + 1] + 1 if k + 1 < len(found) else 1)
    found[0] = t_star
    for k in range(1, len(found)):
        found[k] = min(found[k], found[k - 1] - 1)
    return found


def kept_steps(n_steps: int, frames: int) -> list[int]:
    """Return which states of a chain to keep so that `frames` follow the start: 0 and n_steps among them, evenly spread.

    frames: at most n_steps are meaningful, 0 keeps none.
    """
    return sorted({int(k) for k in np.round(np.linspace(0, n_steps, min(frames, n_steps) + 1))}) if frames else []
