"""Exponential moving average of weights."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn


class Ema:
    """Keep shadow <- d shadow + (1 - d) weights with d = min(decay, (1 + step) / (10 + step)).

    The ramp lets the average forget the random start. shadow: float tensors by parameter name.
    Source: ho2020, section 4 (decay 0.9999 at 800k steps; shorter runs want less).
    """

    def __init__(self, module: nn.Module, decay: float) -> None:
        self.decay = decay
        self.shadow = {name: t.detach().clone() for name, t in module.state_dict().items()}

    @torch.no_grad()
    def update(self, module: nn.Module, step: int) -> None:
        """Move the average towards the module's weights after optimiser step number `step` (1, 2, ...)."""
        decay = min(self.decay, (1 + step) / (10 + step))
        for name, tensor in module.state_dict().items():
            if tensor.is_floating_point():
                self.shadow[name].lerp_(tensor, 1 - decay)
            else:
                self.shadow[name].copy_(tensor)

    def load(self, tensors: Mapping[str, Tensor]) -> None:
        """Put a saved average back; raises KeyError when a tensor is missing, RuntimeError for another shape."""
        for name, tensor in self.shadow.items():
            tensor.copy_(tensors[name])
