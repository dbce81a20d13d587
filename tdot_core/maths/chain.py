"""The truncated reverse chain: free functions of (denoiser, x, schedule)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from tdot_core.maths.reverse import predict
from tdot_core.maths.samplers import NoiseSource, samplers
from tdot_core.maths.schedule import NoiseSchedule

Net = Callable[[Tensor, Tensor], Tensor]
"""A denoiser: (x_t of shape (b, ...), t of shape (b,) int64) -> eps_hat of x_t's shape."""


def sampler_eta(sampler: str, eta: float | None = None) -> float:
    """Return the eta that a sampler walks with; only those that take one use another. Raises TdotError for an unknown key."""
    return samplers.get(sampler)(eta).eta


@dataclass(frozen=True)
class ChainState:
    """One point of the chain: x_t after `step` reverse steps, and the x0_hat that led there (None at the start)."""

    step: int
    t: int
    x: Tensor
    x0_hat: Tensor | None


def walk(
    net: Net,
    x: Tensor,
    grid: Sequence[int],
    schedule: NoiseSchedule,
    *,
    sampler: str = "ddim",
    eta: float | None = None,
    noise: NoiseSource | None = None,
    clip_x0: bool = True,
) -> Iterator[ChainState]:
    """Walk x_{grid[0]} -> x_{grid[-1]} and yield every state, the start included.

    x: (b, ...) at t = grid[0]; grid: strictly decreasing integers down to 0, as `time_grid` gives them; sampler: a key of
    `samplers`. `noise(k)` is asked for only where sigma > 0. Deterministic given net, x and noise. Raises TdotError for an
    unknown sampler.
    """

    def denoise(x_t: Tensor, t: int) -> tuple[Tensor, Tensor]:
        eps_hat = net(x_t, torch.full((len(x_t),), t, dtype=torch.int64, device=x_t.device))
        return predict(x_t, eps_hat, t, schedule, clip_x0)

    chosen = samplers.get(sampler)(eta)
    yield ChainState(0, grid[0], x, None)
    for k, (x_s, x0_hat) in enumerate(chosen.steps(denoise, x, grid, schedule, noise), 1):
        yield ChainState(k, grid[k], x_s, x0_hat)
