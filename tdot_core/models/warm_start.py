"""Beginning a denoiser with the weights of another one."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from tdot_core.errors import TdotError
from tdot_core.models.denoiser import Denoiser
from tdot_core.models.experts import shared_name

FIRST, LAST = ".conv_in.weight", ".conv_out."


@torch.no_grad()
def begin_with(net: Denoiser, weights: Mapping[str, Tensor], same_target: bool) -> None:
    """Copy another denoiser's weights into net, where names and shapes agree.

    A first layer with fewer inputs is taken for the leading inputs, the others beginning at 0; the last layer only
    when both learn the same target. Two experts begin alike where the other is one network. Raises TdotError when another part of the network has no counterpart.
    """
    for name, tensor in net.state_dict().items():
        given = weights.get(shared_name(name, weights))
        if name.startswith("around.") or (LAST in name and not same_target):
            continue
        if given is not None and name.endswith(FIRST) and _leads(given, tensor):
            tensor.zero_()
            tensor[:, : given.shape[1]] = given.to(tensor)
        elif given is not None and given.shape == tensor.shape:
            tensor.copy_(given.to(tensor))
        else:
            found = "nothing" if given is None else f"shape {tuple(given.shape)}"
            raise TdotError(
                f"A denoiser of these settings cannot begin with that run: {name} takes shape {tuple(tensor.shape)}, found {found}."
            )


def _leads(given: Tensor, tensor: Tensor) -> bool:
    return given.shape[1] < tensor.shape[1] and given[:, :1].shape == tensor[:, :1].shape
