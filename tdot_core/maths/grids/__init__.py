"""Time grids by key: a new file here is a new choice on every screen and command. No torch here."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np

from tdot_core.maths.schedule import Float64, NoiseSchedule
from tdot_core.registry import Registry


class Grid(ABC):
    """Place the denoiser's calls in time. key, label, summary: what it is called, in a word and a line. rank: place in lists."""

    key: ClassVar[str]
    label: ClassVar[str]
    summary: ClassVar[str]
    reference: ClassVar[str]
    rank: ClassVar[int] = 100

    @abstractmethod
    def times(self, t_star: int, n_steps: int, schedule: NoiseSchedule) -> Float64:
        """Return the n_steps times of the calls, real numbers that do not increase from t_star down to at least 1."""


def time_at_log_sigma(log_sigma: Float64, schedule: NoiseSchedule) -> Float64:
    """Return the real times t in 1..T at which log sigma, sigma^2 = (1 - ab) / ab, has these values: linear between steps."""
    ab = schedule.alpha_bar[1:]
    known = 0.5 * (np.log1p(-ab) - np.log(ab))
    return np.interp(log_sigma, known, np.arange(1, schedule.T + 1))


grids: Registry[Grid] = Registry(__name__, Grid, "time grid")  # type: ignore[type-abstract]
