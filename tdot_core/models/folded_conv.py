"""A convolution with batch norm and ReLU as one operation, for inference."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch_fidelity import feature_extractor_inceptionv3 as blocks

FUSED = torch.backends.mkldnn.is_available() and hasattr(torch.ops.mkldnn, "_convolution_pointwise")
"""Whether this torch has oneDNN's convolution with ReLU inside, which spares a pass over every activation."""


class FoldedConv(nn.Module):
    """Torch-fidelity's BasicConv2d (convolution, batch norm, ReLU) with the batch norm folded in.

    w' = w g / sqrt(v + eps), b' = beta - m g / sqrt(v + eps), computed in float64. On the CPU the ReLU is part of the
    convolution and the weights are kept in oneDNN's own order as well, one copy per shape of input.
    """

    def __init__(self, block: nn.Module) -> None:
        super().__init__()
        conv, norm = block.conv, block.bn
        assert isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d) and not isinstance(conv.padding, str)
        assert norm.running_mean is not None and norm.running_var is not None
        gain = norm.weight.double() / torch.sqrt(norm.running_var.double() + norm.eps)
        weight = (conv.weight.double() * gain[:, None, None, None]).float()
        self.weight = nn.Parameter(weight.contiguous(memory_format=torch.channels_last), requires_grad=False)
        self.bias = nn.Parameter((norm.bias.double() - norm.running_mean.double() * gain).float(), requires_grad=False)
        self.stride, self.padding = list(conv.stride), list(conv.padding)
        self._ordered: dict[torch.Size, Tensor] = {}

    def forward(self, x: Tensor) -> Tensor:
        if not (FUSED and x.device.type == "cpu"):
            return F.conv2d(x, self.weight, self.bias, self.stride, self.padding).relu_()
        weight = self._in_order(x.shape)
        found: Tensor = torch.ops.mkldnn._convolution_pointwise(
            x, weight, self.bias, self.padding, self.stride, [1, 1], 1, "relu", [], ""
        )
        return found

    def _in_order(self, shape: torch.Size) -> Tensor:
        if shape not in self._ordered:
            self._ordered[shape] = torch.ops.mkldnn._reorder_convolution_weight(
                self.weight.detach(), self.padding, self.stride, [1, 1], 1, list(shape)
            )
        return self._ordered[shape]


def fold(module: nn.Module) -> None:
    """Replace every BasicConv2d inside module by its folded form."""
    for name, child in module.named_children():
        if isinstance(child, blocks.BasicConv2d):
            setattr(module, name, FoldedConv(child))
        else:
            fold(child)
