"""Equal steps in t."""

from __future__ import annotations

import numpy as np

from tdot_core.maths.grids import Grid
from tdot_core.maths.schedule import Float64, NoiseSchedule


class Uniform(Grid):
    """Equal steps in t from t_star to 0 (song2021ddim, appendix D.2, `linear`)."""

    key = "uniform"
    label = "Uniform"
    summary = "Equal steps in t"
    reference = "song2021ddim"
    rank = 1

    def times(self, t_star: int, n_steps: int, schedule: NoiseSchedule) -> Float64:
        return np.linspace(t_star, 0, n_steps + 1)[:-1]
