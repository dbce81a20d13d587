"""How noise levels are drawn in training, and images noised each to its own."""

from __future__ import annotations

import torch
from torch import Tensor

from tdot_core.errors import unknown_name
from tdot_core.maths.schedule import NoiseSchedule

LEVELS = ("lognormal", "uniform")
LOG_SIGMA_MEAN, LOG_SIGMA_STD = -1.2, 1.2
UNIFORM_SHARE = 0.25


def draw_levels(kind: str, n: int, schedule: NoiseSchedule, generator: torch.Generator) -> Tensor:
    """Draw n noise levels t in 1..T, int64 on the CPU.

    uniform: every t alike (ho2020). lognormal: log sigma ~ N(-1.2, 1.2^2), sigma^2 = (1 - ab) / ab (karras2022, Table 1), and for
    a quarter of them log sigma uniform over the schedule; then the first t whose sigma is at least as large. Raises TdotError
    for another kind.
    """
    if kind == "uniform":
        return torch.randint(1, schedule.T + 1, (n,), generator=generator)
    if kind != "lognormal":
        raise unknown_name("distribution of levels", kind, LEVELS)
    ab = torch.from_numpy(schedule.alpha_bar[1:].copy())
    log_sigma = 0.5 * (torch.log1p(-ab) - torch.log(ab))
    normal = LOG_SIGMA_MEAN + LOG_SIGMA_STD * torch.randn(n, generator=generator, dtype=torch.float64)
    spread = torch.rand(n, generator=generator, dtype=torch.float64)
    uniform = log_sigma[0] + (log_sigma[-1] - log_sigma[0]) * spread
    chosen = torch.where(torch.rand(n, generator=generator) < UNIFORM_SHARE, uniform, normal)
    return torch.searchsorted(log_sigma, chosen).clamp(max=schedule.T - 1) + 1


def noise_each(x0: Tensor, eps: Tensor, t: Tensor, schedule: NoiseSchedule) -> Tensor:
    """Return x_t = sqrt(alpha_bar_t) x0 + sqrt(1 - alpha_bar_t) eps, image i at its own t[i] (ho2020, Eq. 4).

    x0, eps: (b, c, h, w) float32; t: (b,) int64 on the CPU, 0..T.
    """
    ab = torch.from_numpy(schedule.alpha_bar.copy())[t][:, None, None, None]
    # Rounded before they move: Apple's devices know no float64.
    signal, noise = (share.sqrt().float().to(x0.device) for share in (ab, 1 - ab))
    return signal * x0 + noise * eps
