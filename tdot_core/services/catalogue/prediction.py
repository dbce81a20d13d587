"""Linear predictions about truncated chains from what ships: every distribution taken as Gaussian along the data's components."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tdot_core.maths.grid import time_grid
from tdot_core.maths.lifted_error import directions_above_noise, emergence_steps, surviving_error, walked_error
from tdot_core.maths.schedule import NoiseSchedule
from tdot_core.services.catalogue.theory import PriorMoments, Theory

ORDINALS = (1, 10, 100)
"""The components whose emergence is told."""

STRIDE = 20
"""Between the starts that are tried for a budget of calls."""

MEASURED_UNDER = "linear"
"""The schedule that the shipped priors were trained, and their moments measured, under."""


@dataclass(frozen=True)
class Suggestion:
    """The start with the smallest predicted error, and that error as a share of the data's variance."""

    t_star: int
    share: float


def directions(theory: Theory, t: int, schedule: NoiseSchedule) -> int:
    """Return how many principal directions of the data have more signal than noise at t (0..T)."""
    return directions_above_noise(theory.eigenvalues, float(schedule.alpha_bar[t]))


def emergence(theory: Theory, schedule: NoiseSchedule) -> dict[int, int]:
    """Return, for the first, tenth and hundredth component, the largest t at which lambda times SNR is still 1."""
    kept = [k for k in ORDINALS if k <= len(theory.eigenvalues)]
    steps = emergence_steps(theory.eigenvalues[[k - 1 for k in kept]], schedule.alpha_bar)
    return dict(zip(kept, map(int, steps), strict=True))


def surviving_share(theory: Theory, prior: PriorMoments, t_star: int, schedule: NoiseSchedule) -> float | None:
    """Return `surviving_error` of the prior lifted to t_star over the data's total variance; None below its t_train."""
    if t_star < prior.t_train:
        return None
    star, train = float(schedule.alpha_bar[t_star]), float(schedule.alpha_bar[prior.t_train])
    left = surviving_error(theory.eigenvalues, prior.mean_error, prior.variance, star, train)
    return left / float(theory.eigenvalues.sum())


def walked_share(theory: Theory, prior: PriorMoments, times: Sequence[int], schedule: NoiseSchedule) -> float:
    """Return `walked_error` of DDIM steps over these times, from t_star down to 0, over the data's total variance."""
    levels, train = schedule.alpha_bar[list(times)], float(schedule.alpha_bar[prior.t_train])
    left = walked_error(theory.eigenvalues, prior.mean_error, prior.variance, levels, train)
    return left / float(theory.eigenvalues.sum())


def suggestion(theory: Theory, prior: PriorMoments, calls: int, schedule: NoiseSchedule) -> Suggestion:
    """Return the t_star at which `calls` DDIM steps on the uniform grid are predicted to err least, among every 20th step.

    What the prior gets wrong shrinks as t_star grows, what few steps get wrong grows with it. calls: 1..T.
    """
    lowest = max(calls, prior.t_train, 1)
    tried = sorted({lowest, *range(-(-lowest // STRIDE) * STRIDE, schedule.T + 1, STRIDE)})
    found = [Suggestion(t, walked_share(theory, prior, time_grid(t, calls), schedule)) for t in tried]
    return min(found, key=lambda one: one.share)
