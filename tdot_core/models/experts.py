"""Two networks that share the noise levels between them: twice the weights at the cost of one forward."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn


class NoiseExperts(nn.Module):
    """Give (x, t) to `low` where t <= boundary and to `high` above; t (b,) int64, the output as a tuple of one tensor.

    A chain asks both at one level at a time, so each of its calls costs one network. Source: balaji2022, section 4.
    """

    def __init__(self, low: nn.Module, high: nn.Module, boundary: int) -> None:
        super().__init__()
        self.low: Any = low  # diffusers' classes look uncallable to type checkers
        self.high: Any = high
        self.boundary = boundary

    def forward(self, x: Tensor, t: Tensor, return_dict: bool = False, **more: Any) -> tuple[Tensor]:
        above = t > self.boundary
        if not above.any():
            return (self.low(x, t, return_dict=False, **more)[0],)
        if above.all():
            return (self.high(x, t, return_dict=False, **more)[0],)
        low, high = (
            net(x[part], t[part], return_dict=False, **{name: value[part] for name, value in more.items()})[0]
            for net, part in ((self.low, ~above), (self.high, above))
        )
        out = torch.empty((len(x), *low.shape[1:]), dtype=low.dtype, device=x.device)
        return (out.index_copy(0, (~above).nonzero()[:, 0], low).index_copy(0, above.nonzero()[:, 0], high),)


def experts_of(unet: nn.Module) -> list[Any]:
    """Return the networks behind a denoiser: its two experts, or itself."""
    return [unet.low, unet.high] if isinstance(unet, NoiseExperts) else [unet]


def shared_name(name: str, weights: Mapping[str, Tensor]) -> str:
    """Return the name in `weights` that an expert's parameter begins with: its own where it is there, else the one of the
    single network that both experts come from.
    """
    for expert in ("unet.low.", "unet.high."):
        if name.startswith(expert) and name not in weights:
            return "unet." + name.removeprefix(expert)
    return name
