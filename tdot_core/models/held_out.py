"""Moving averages compared on training images that were left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from tdot_core.models.ema import Ema

Loss = Callable[[Mapping[str, Tensor]], float]


def split_held_out(n: int, held_out: int) -> tuple[Tensor, Tensor]:
    """Return (kept, left out): a fixed division of 0..n-1, the same in every run; at most a tenth is left out."""
    order = torch.randperm(n, generator=torch.Generator().manual_seed(0))
    left_out = min(held_out, n // 10)
    return order[left_out:], order[:left_out]


def slower_decays(decay: float, count: int) -> list[float]:
    """Return count decays whose memory is 1, 2, 10 and 20 times that of `decay`: 0.999 gives 0.999, 0.9995, 0.9999, 0.99995."""
    return [1 - (1 - decay) / longer for longer in (1, 2, 10, 20)[:count]]


def best_average(averages: Mapping[str, Ema], loss_of: Loss) -> tuple[str, float]:
    """Return the name and loss of the average with the smallest loss_of(weights by name)."""
    losses = {name: loss_of(ema.shadow) for name, ema in averages.items()}
    best = min(losses, key=losses.__getitem__)
    return best, losses[best]
