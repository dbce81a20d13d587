"""Putting saved weights into a network, with errors that people understand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import torch
from torch import Tensor, nn

from tdot_core.errors import TdotError

M = TypeVar("M", bound=nn.Module)


def load_module(module: M, tensors: Mapping[str, Tensor]) -> M:
    """Load float tensors of any precision into module, in eval mode and without gradients.

    Raises TdotError when a name is missing or too many, a shape differs, or a value is not finite.
    """
    for name, tensor in tensors.items():
        if tensor.is_floating_point() and not torch.isfinite(tensor).all():
            raise TdotError(f"These weights hold NaN or infinity in {name!r}; use an earlier checkpoint.")
    try:
        module.load_state_dict(dict(tensors))
    except RuntimeError as error:
        detail = " ".join(str(error).split())[:300]
        raise TdotError(f"These weights do not fit {type(module).__name__} with the settings in spec.json: {detail}") from error
    return module.eval().requires_grad_(False)
