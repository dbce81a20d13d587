"""Building a network from saved weights, with errors that people understand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

import torch
from torch import Tensor, nn

from tdot_core.errors import TdotError

M = TypeVar("M", bound=nn.Module)


def load_module(build: Callable[[], M], tensors: Mapping[str, Tensor], device: torch.device | str = "cpu") -> M:
    """Return build() with its weights taken from tensors of any precision, in eval mode and without gradients.

    Nothing is initialised, so no randomness is used. Raises TdotError when a name is missing or too many, a shape differs,
    or a value is not finite.
    """
    for name, tensor in tensors.items():
        if tensor.is_floating_point() and not torch.isfinite(tensor).all():
            raise TdotError(f"These weights hold NaN or infinity in {name!r}; use an earlier checkpoint.")
    with torch.device("meta"):
        module = build()
    kinds = {name: tensor.dtype for name, tensor in module.state_dict().items()}
    try:
        typed = {name: tensor.to(kinds.get(name, tensor.dtype), copy=True) for name, tensor in tensors.items()}
        module.load_state_dict(typed, assign=True)
    except RuntimeError as error:
        detail = " ".join(str(error).split())[:300]
        raise TdotError(
            f"These weights do not fit {type(module).__name__} with the settings in spec.json: {detail}"
        ) from error
    return module.to(device).eval().requires_grad_(False)
