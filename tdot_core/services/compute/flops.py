"""Floating-point operations of a network's forward, counted as it runs."""

from __future__ import annotations

import torch
from torch.utils.flop_counter import FlopCounterMode

from tdot_core.priors.base import IMAGE_SHAPE
from tdot_core.services.sampling.loading import LoadedNet, LoadedPrior


def flops_of_net(loaded: LoadedNet) -> int:
    """Return the operations of one denoiser call on one image, a multiplication and an addition counted as two.

    Matrix products, convolutions and attention are counted; what is done element by element is not.
    """
    weights = next(iter(loaded.net.parameters()), torch.zeros(()))
    x = torch.zeros(1, *IMAGE_SHAPE, device=weights.device)
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        loaded.net(x, torch.ones(1, dtype=torch.long, device=weights.device))
    return int(counter.get_total_flops())


def flops_of_prior(loaded: LoadedPrior) -> int:
    """Return the operations of drawing one x_{t*}, counted as in `flops_of_net`; 0 where no product of matrices is needed."""
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        loaded.prior.sample([0], loaded.lowest_t)
    return int(counter.get_total_flops())
