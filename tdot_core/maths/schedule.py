"""Noise schedules: how much signal is left after t noising steps."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from tdot_core.errors import TdotError, unknown_name

Float64 = npt.NDArray[np.float64]

LINEAR_FIRST, LINEAR_LAST = 1e-4, 0.02
COSINE_OFFSET, COSINE_CLIP = 0.008, 0.999


def linear_betas(T: int) -> Float64:
    """Return beta_1..beta_T, evenly spaced from 1e-4 to 0.02 (ho2020, section 4). Shape (T,), float64."""
    return np.linspace(LINEAR_FIRST, LINEAR_LAST, T, dtype=np.float64)


def cosine_betas(T: int) -> Float64:
    """Return beta_t = min(1 - f(t)/f(t-1), 0.999), f(t) = cos^2((t/T + s)/(1 + s) pi/2), s = 0.008.

    Shape (T,), float64. Source: nichol2021, Eq. 17.
    """
    f = np.cos((np.arange(T + 1, dtype=np.float64) / T + COSINE_OFFSET) / (1 + COSINE_OFFSET) * np.pi / 2) ** 2
    betas: Float64 = np.minimum(1 - f[1:] / f[:-1], COSINE_CLIP)
    return betas


SCHEDULES = {"linear": linear_betas, "cosine": cosine_betas}
CUSTOM = "custom"
LEAST_SIGNAL = 1e-60
"""The smallest alpha_bar: the walk divides by its square root in float32, which holds what comes of it."""


@dataclass(frozen=True)
class NoiseSchedule:
    """Hold alpha_bar_t = prod_{i<=t} (1 - beta_i) in float64, alpha_bar_0 = 1.

    name: "linear", "cosine", or "custom" with its own betas; T: number of noising steps, at least 1; betas: T numbers above 0
    and below 1, of "custom" alone; alpha_bar: shape (T+1,), decreasing, in (0, 1].
    Raises TdotError for an unknown name, T < 1, betas that are none, and where rounding leaves no signal or adds no noise. Source: ho2020, Eq. 4.
    """

    name: str = "linear"
    T: int = 1000
    betas: tuple[float, ...] | None = field(default=None, repr=False)
    alpha_bar: Float64 = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.T < 1:
            raise TdotError(f"A noise schedule needs T >= 1 steps, found T = {self.T}.")
        alpha_bar = np.concatenate([[1.0], np.cumprod(1 - self._betas())])
        self._check(alpha_bar)
        alpha_bar.setflags(write=False)
        object.__setattr__(self, "alpha_bar", alpha_bar)

    def _check(self, alpha_bar: Float64) -> None:
        """Raise TdotError when rounding leaves no signal at the end, or steps that add no noise."""
        if alpha_bar[-1] < LEAST_SIGNAL:
            raise TdotError(
                f"This {self.name} noise schedule leaves no signal: alpha_bar at T = {self.T} is {alpha_bar[-1]:.3g}, below "
                f"{LEAST_SIGNAL:g}."
            )
        if not (np.diff(alpha_bar) < 0).all():
            raise TdotError(
                f"Some steps of this {self.name} noise schedule of T = {self.T} add no noise: their beta is too small."
            )

    def _betas(self) -> Float64:
        if self.betas is None:
            if self.name not in SCHEDULES:
                raise unknown_name("noise schedule", self.name, SCHEDULES)
            return SCHEDULES[self.name](self.T)
        betas = np.asarray(self.betas, dtype=np.float64)
        if self.name != CUSTOM or betas.shape != (self.T,) or not np.all((betas > 0) & (betas < 1)):
            span = f", from {betas.min():.4g} to {betas.max():.4g}" if betas.size else ""
            raise TdotError(
                f"A custom noise schedule has T = {self.T} betas above 0 and below 1, found {len(betas)}{span}."
            )
        return betas

    def differs_from(self, other: NoiseSchedule) -> str:
        """Return how the noise levels of two schedules differ, in a few words, "" when they are the same to a millionth."""
        if self.T != other.T:
            return f"T = {self.T} and T = {other.T}"
        apart = np.abs(np.log(self.alpha_bar) - np.log(other.alpha_bar))
        t = int(np.argmax(apart))
        if apart[t] <= 1e-6:
            return ""
        return f"alpha_bar {self.alpha_bar[t]:.4g} and {other.alpha_bar[t]:.4g} at t = {t}"

    @property
    def noise_std(self) -> Float64:
        """Return sqrt(1 - alpha_bar_t) for t = 0..T, shape (T+1,), in [0, 1)."""
        return np.sqrt(1 - self.alpha_bar)

    @property
    def snr_db(self) -> Float64:
        """Return 10 log10(alpha_bar_t / (1 - alpha_bar_t)) in dB for t = 0..T; +inf at t = 0."""
        with np.errstate(divide="ignore"):
            return 10 * np.log10(self.alpha_bar / (1 - self.alpha_bar))

    def check_t(self, t: int, name: str = "t_star", low: int = 1) -> int:
        """Return t as int when low <= t <= T, else raise TdotError naming the valid range."""
        if isinstance(t, bool) or int(t) != t or not low <= t <= self.T:
            raise TdotError(f"{name} must be a whole number from {low} to {self.T}, found {t}.")
        return int(t)


def log_snr(t: int, schedule: NoiseSchedule) -> float:
    """Return lambda_t = log(sqrt(alpha_bar_t) / sqrt(1 - alpha_bar_t)), half the log signal-to-noise ratio; t: 1..T."""
    ab = float(schedule.alpha_bar[t])
    return 0.5 * (math.log(ab) - math.log1p(-ab))
