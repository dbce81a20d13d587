"""Noise of a training step, drawn where the step computes."""

from __future__ import annotations

import torch
from torch import Tensor


def noise_like(x: Tensor, generator: torch.Generator) -> Tensor:
    """Draw standard normal noise of x's shape on x's device; all randomness comes from a CPU generator.

    On the CPU its own numbers. Elsewhere the generator gives the seed of a generator there: drawn on the CPU and moved, the
    noise of 512 images would take as long as a step of a small network. A resumed run meets the same seeds either way.
    """
    if x.device.type == "cpu":
        return torch.randn(x.shape, generator=generator)
    seed = int(torch.randint(2**63 - 1, (), generator=generator))
    there = torch.Generator(x.device).manual_seed(seed)
    return torch.randn(x.shape, generator=there, device=x.device)
