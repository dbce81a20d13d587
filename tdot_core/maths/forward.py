"""Forward noising and the lift between two noise levels."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import numpy.typing as npt

from tdot_core.errors import TdotError
from tdot_core.maths.schedule import NoiseSchedule

if TYPE_CHECKING:
    from torch import Tensor

Array = TypeVar("Array", "Tensor", "npt.NDArray[np.float32]")
"""Either's arithmetic is the same; a screen that noises NumPy arrays needs no torch."""


def add_noise(x0: Array, eps: Array, t: int, schedule: NoiseSchedule) -> Array:
    """Return x_t = sqrt(alpha_bar_t) x0 + sqrt(1 - alpha_bar_t) eps (ho2020, Eq. 4).

    x0, eps: same shape, any; t: 0..T. t = 0 returns x0 unchanged.
    """
    return lift(x0, eps, 0, t, schedule)


def lift(x_s: Array, eps: Array, s: int, t: int, schedule: NoiseSchedule) -> Array:
    """Return x_t = sqrt(r) x_s + sqrt(1 - r) eps with r = alpha_bar_t / alpha_bar_s, for s <= t.

    x_s, eps: same shape, any; 0 <= s <= t <= T. Exact in distribution: x_s ~ q(x_s) gives x_t ~ q(x_t), and
    W2(lift p, lift q) <= sqrt(r) W2(p, q). Raises TdotError when t < s: noise cannot be taken away.
    """
    if t < s:
        raise TdotError(f"A sample at t = {s} cannot be lifted down to t = {t}; choose t >= {s}.")
    r = float(schedule.alpha_bar[t] / schedule.alpha_bar[s])
    return x_s if s == t else math.sqrt(r) * x_s + math.sqrt(1 - r) * eps
