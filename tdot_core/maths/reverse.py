"""One reverse step, and the two views (eps, x0) of the denoiser's answer."""

from __future__ import annotations

import math

from torch import Tensor

from tdot_core.maths.schedule import NoiseSchedule


def x0_from_eps(x_t: Tensor, eps_hat: Tensor, t: int, schedule: NoiseSchedule) -> Tensor:
    """Return x0_hat = (x_t - sqrt(1 - alpha_bar_t) eps_hat) / sqrt(alpha_bar_t) (ho2020, Eq. 4 solved for x0).

    x_t, eps_hat: same shape; t: 1..T.
    """
    ab = float(schedule.alpha_bar[t])
    return (x_t - math.sqrt(1 - ab) * eps_hat) / math.sqrt(ab)


def eps_from_x0(x_t: Tensor, x0_hat: Tensor, t: int, schedule: NoiseSchedule) -> Tensor:
    """Return eps_hat = (x_t - sqrt(alpha_bar_t) x0_hat) / sqrt(1 - alpha_bar_t), the inverse of `x0_from_eps`.

    x_t, x0_hat: same shape; t: 1..T (alpha_bar_t < 1).
    """
    ab = float(schedule.alpha_bar[t])
    return (x_t - math.sqrt(ab) * x0_hat) / math.sqrt(1 - ab)


def predict(x_t: Tensor, eps_hat: Tensor, t: int, schedule: NoiseSchedule, clip_x0: bool) -> tuple[Tensor, Tensor]:
    """Return (x0_hat, eps_hat); with clip_x0, x0_hat is clamped to [-1, 1] and eps_hat recomputed from it.

    x_t, eps_hat: same shape; t: 1..T.
    """
    x0_hat = x0_from_eps(x_t, eps_hat, t, schedule)
    if not clip_x0:
        return x0_hat, eps_hat
    x0_hat = x0_hat.clamp(-1, 1)
    return x0_hat, eps_from_x0(x_t, x0_hat, t, schedule)


def step_std(t: int, s: int, eta: float, schedule: NoiseSchedule) -> float:
    """Return sigma = eta sqrt((1 - ab_s) / (1 - ab_t)) sqrt(1 - ab_t / ab_s) (song2021ddim, Eq. 16).

    0 <= s < t <= T; eta: 0 deterministic, 1 ancestral. Zero at s = 0.
    """
    ab_t, ab_s = float(schedule.alpha_bar[t]), float(schedule.alpha_bar[s])
    return eta * math.sqrt((1 - ab_s) / (1 - ab_t)) * math.sqrt(1 - ab_t / ab_s)


def ddim_step(
    x0_hat: Tensor, eps_hat: Tensor, noise: Tensor | None, t: int, s: int, eta: float, schedule: NoiseSchedule
) -> Tensor:
    """Return x_s = sqrt(ab_s) x0_hat + sqrt(1 - ab_s - sigma^2) eps_hat + sigma noise (song2021ddim, Eq. 12).

    x0_hat, eps_hat: (b, ...), as `predict` gives them; noise: the same shape, or None when sigma = 0 (ValueError otherwise).
    eta = 1 with s = t - 1 is DDPM with posterior variance (ho2020, Eq. 7).
    """
    ab_s = float(schedule.alpha_bar[s])
    sigma = step_std(t, s, eta, schedule)
    x_s = math.sqrt(ab_s) * x0_hat + math.sqrt(max(1 - ab_s - sigma**2, 0.0)) * eps_hat
    if sigma == 0:
        return x_s
    if noise is None:
        raise ValueError(f"a step with eta = {eta} from t = {t} to {s} needs noise")
    return x_s + sigma * noise
