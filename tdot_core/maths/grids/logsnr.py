"""Equal steps in the log signal-to-noise ratio."""

from __future__ import annotations

import numpy as np

from tdot_core.maths.grids import Grid, time_at_log_sigma
from tdot_core.maths.schedule import Float64, NoiseSchedule, log_snr


class LogSnr(Grid):
    """Equal steps in log-SNR from t_star to 1, the last call at t = 1 (lu2022dpmpp, section 6)."""

    key = "logsnr"
    label = "Log-SNR"
    summary = "Equal steps in the log signal-to-noise ratio, the last call at t = 1"
    reference = "lu2022dpmpp"
    rank = 2

    def times(self, t_star: int, n_steps: int, schedule: NoiseSchedule) -> Float64:
        first, last = -log_snr(t_star, schedule), -log_snr(1, schedule)
        return time_at_log_sigma(np.linspace(first, last, n_steps) if n_steps > 1 else np.array([first]), schedule)
