"""EfficientNet-Lite0 with its batch norms folded gives what it gave; torch's own folding agrees."""

from __future__ import annotations

import copy

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from tdot_core.models.efficientnet_lite import EfficientNetLite0, SameConv2d, fold_norms


def lively() -> EfficientNetLite0:
    """Return a network whose batch norms are not the identity."""
    torch.manual_seed(0)
    net = EfficientNetLite0().eval().requires_grad_(False)
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.weight.uniform_(0.5, 1.5)
            module.bias.normal_(0, 0.1)
            module.running_mean.normal_(0, 0.1)  # type: ignore[union-attr]
            module.running_var.uniform_(0.5, 1.5)  # type: ignore[union-attr]
    return net


def test_folding_keeps_every_stage() -> None:
    net = lively()
    folded = copy.deepcopy(net)
    fold_norms(folded)
    folded.to(memory_format=torch.channels_last)
    assert not any(isinstance(m, nn.BatchNorm2d) for m in folded._blocks.modules())
    x = torch.randn((2, 3, 64, 64), generator=torch.Generator().manual_seed(1))
    for before, after in zip(net.stages(x), folded.stages(x), strict=True):
        torch.testing.assert_close(after, before, rtol=1e-4, atol=1e-4 * float(before.std()))


def test_one_folded_convolution_is_torchs() -> None:
    net = lively()
    with torch.no_grad():
        plain = nn.Conv2d(3, 32, 3, 2, bias=False).eval()
        plain.weight.copy_(net._conv_stem.weight)
        expected = fuse_conv_bn_eval(plain, net._bn0)
    fold_norms(net)
    assert isinstance(net._conv_stem, SameConv2d) and net._conv_stem.bias is not None
    torch.testing.assert_close(net._conv_stem.weight, expected.weight)
    torch.testing.assert_close(net._conv_stem.bias, expected.bias)
