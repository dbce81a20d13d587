"""Flow matching on straight paths between optimally paired noise and data."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from tdot_core.errors import TdotError


def optimal_pairs(noise: Tensor, data: Tensor) -> Tensor:
    """Return the order of data that minimises sum_i |noise_i - data_{order_i}|^2, (n,) int64: the exact minibatch plan.

    noise, data: (n, d). Between equal weights the optimal plan is a permutation. Cost O(n^3) at worst, by POT's network
    simplex. Source: tong2024, Eq. 14 and Algorithm 3.
    """
    import ot  # here, because POT takes a while to import and only this training needs it

    x, y = noise.flatten(1), data.flatten(1)
    M = torch.cdist(x, y).square().cpu().double().numpy()
    plan = ot.emd([], [], M)
    return torch.from_numpy(plan.argmax(axis=1)).to(data.device)


def straight_path(noise: Tensor, data: Tensor, u: Tensor) -> tuple[Tensor, Tensor]:
    """Return the point (1 - u) noise + u data and the velocity data - noise there; u: (n,) in [0, 1]. Source: tong2024, Eq. 7."""
    share = u.reshape(-1, *[1] * (noise.ndim - 1))
    return (1 - share) * noise + share * data, data - noise


def integrate(velocity: Callable[[Tensor, Tensor], Tensor], x: Tensor, steps: int, method: str) -> Tensor:
    """Return x carried from u = 0 to 1 by dx/du = velocity(x, u), u (n,), in equal steps; raises TdotError for another method.

    method: "euler", one call a step, or "heun", two (second order).
    """
    if method not in ("euler", "heun"):
        raise TdotError(f"Unknown method {method[:40]!r}. Known: euler, heun.")
    h = 1 / steps
    for k in range(steps):
        u = torch.full((len(x),), k * h, device=x.device)
        slope = velocity(x, u)
        if method == "heun":
            slope = 0.5 * (slope + velocity(x + h * slope, u + h))
        x = x + h * slope
    return x


def calls(steps: int, method: str) -> int:
    """Return how many times `integrate` calls the velocity for each image."""
    return steps * (2 if method == "heun" else 1)
