"""Karras's steps: even in sigma^(1/7)."""

from __future__ import annotations

import math

import numpy as np

from tdot_core.maths.grids import Grid, time_at_log_sigma
from tdot_core.maths.schedule import Float64, NoiseSchedule, log_snr

RHO = 7


class Karras(Grid):
    """sigma_i = (sigma_max^(1/7) + i / (n - 1) (sigma_min^(1/7) - sigma_max^(1/7)))^7 from t_star to 1 (karras2022, Eq. 5)."""

    key = "karras"
    label = "Karras (rho 7)"
    summary = "Even in the seventh root of sigma, so that most calls see little noise; the last at t = 1"
    reference = "karras2022"
    rank = 3

    def times(self, t_star: int, n_steps: int, schedule: NoiseSchedule) -> Float64:
        first, last = (math.exp(-log_snr(t, schedule) / RHO) for t in (t_star, 1))
        roots = np.linspace(first, last, n_steps) if n_steps > 1 else np.array([first])
        return time_at_log_sigma(RHO * np.log(roots), schedule)
