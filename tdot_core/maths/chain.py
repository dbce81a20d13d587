"""The truncated reverse chain: free functions of (denoiser, x, schedule)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from tdot_core.errors import unknown_name
from tdot_core.maths.dpmpp import dpmpp_2m_step
from tdot_core.maths.reverse import ddim_step, predict, step_std
from tdot_core.maths.schedule import NoiseSchedule

Net = Callable[[Tensor, Tensor], Tensor]
"""A denoiser: (x_t of shape (b, ...), t of shape (b,) int64) -> eps_hat of x_t's shape."""

NoiseSource = Callable[[int], Tensor]
"""The noise of the k-th step of the chain (k = 0 first), of x's shape."""

SAMPLERS = {"ddim": 0.0, "ddpm": 1.0, "dpmpp-2m": 0.0}
"""Sampler keys and the eta that each stands for."""


def sampler_eta(sampler: str, eta: float | None = None) -> float:
    """Return the eta of a sampler key; only `ddim` takes another one. Raises TdotError for an unknown key."""
    if sampler not in SAMPLERS:
        raise unknown_name("sampler", sampler, SAMPLERS)
    return SAMPLERS[sampler] if eta is None or sampler != "ddim" else float(eta)


@dataclass(frozen=True)
class ChainState:
    """One point of the chain: x_t after `step` denoiser calls, and the x0_hat that led there (None at the start)."""

    step: int
    t: int
    x: Tensor
    x0_hat: Tensor | None


def walk(
    net: Net,
    x: Tensor,
    grid: list[int],
    schedule: NoiseSchedule,
    *,
    sampler: str = "ddim",
    eta: float | None = None,
    noise: NoiseSource | None = None,
    clip_x0: bool = True,
) -> Iterator[ChainState]:
    """Walk x_{grid[0]} -> x_{grid[-1]} and yield every state, the start included.

    x: (b, ...) at t = grid[0]; grid: strictly decreasing integers, as `time_grid` gives them. One denoiser call per
    step. `noise(k)` is asked for only where sigma > 0. Deterministic given net, x and noise.
    Sources: song2021ddim, Eq. 12 (`ddim`, `ddpm`); lu2022dpmpp, Algorithm 2 (`dpmpp-2m`).
    """
    eta = sampler_eta(sampler, eta)
    previous: tuple[int, Tensor] | None = None
    yield ChainState(0, grid[0], x, None)
    for k, (t, s) in enumerate(zip(grid[:-1], grid[1:], strict=True)):
        eps_hat = net(x, torch.full((len(x),), t, dtype=torch.int64, device=x.device))
        x0_hat, eps_hat = predict(x, eps_hat, t, schedule, clip_x0)
        if sampler == "dpmpp-2m":
            x = dpmpp_2m_step(x, x0_hat, previous, t, s, schedule)
            previous = (t, x0_hat)
        else:
            needs_noise = step_std(t, s, eta, schedule) > 0
            x = ddim_step(x0_hat, eps_hat, noise(k) if noise and needs_noise else None, t, s, eta, schedule)
        yield ChainState(k + 1, s, x, x0_hat)
