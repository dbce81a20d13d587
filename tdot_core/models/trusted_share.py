"""How much of what a network adds to the linear filter is kept at each noise level, measured when its training ends."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

LEVELS = 20
SURE = 2.0
"""Standard errors below its estimate at which a share is taken: too small a share loses little, too large a one does harm."""

Draw = Callable[[int], tuple[Tensor, Tensor]]


@torch.no_grad()
def trusted_shares(draw: Draw, T: int, repeats: int = 4) -> Tensor:
    """Return the share s_t in [0, 1] for t = 0..T, float32 (T + 1,), with which s_t F errs least against what F should give.

    s_t = (E[F r] - 2 standard errors) / E[F^2], the least squares factor on images that the training left out, at LEVELS steps
    and linear between them. draw(t): (F, r), each (n, d), the network's output and its target, noised anew at every call,
    which is made `repeats` times per level. Where F has learned something it is 1 but for rounding; where nothing can be
    learned, near t = T, F is noise and the share goes to 0.
    """
    steps = np.linspace(0, T, LEVELS + 1)
    shares = [1.0]
    for t in steps[1:].round().astype(int):
        outputs, targets = (
            torch.cat(parts).double() for parts in zip(*(draw(int(t)) for _ in range(repeats)), strict=True)
        )
        along, power = (outputs * targets).mean(1), outputs.square().mean()
        least = along.mean() - SURE * along.std() / len(along) ** 0.5
        shares.append(float((least / power.clamp(min=1e-30)).clamp(0, 1)))
    return torch.from_numpy(np.interp(np.arange(T + 1), steps, shares)).float()
