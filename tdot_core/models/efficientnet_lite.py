"""EfficientNet-Lite0, a small network trained on ImageNet, in the names of the published file of weights."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

STAGES = ((1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112), (4, 5, 2, 6, 192), (1, 3, 1, 6, 320))  # fmt: skip
"""Blocks, kernel, stride of the first block, expansion and channels of each stage."""
STEM, HEAD, CLASSES = 32, 1280, 1000
EPS = 1e-3


class SameConv2d(nn.Conv2d):
    """Convolution without bias, padded as TensorFlow does: the output has ceil(n / stride) places, the odd zero comes last."""

    def __init__(self, c_in: int, c_out: int, kernel: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__(c_in, c_out, kernel, stride, groups=groups, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        pads: list[int] = []
        for n, k, s in zip(x.shape[:1:-1], self.kernel_size[::-1], self.stride[::-1], strict=True):
            pad = max((-(-n // s) - 1) * s + k - n, 0)
            pads += [pad // 2, pad - pad // 2]
        return super().forward(F.pad(x, pads))


class InvertedResidual(nn.Module):
    """Expand by 1x1, filter each channel, project by 1x1; the input is added where shapes agree (Sandler 2018, figure 4)."""

    def __init__(self, c_in: int, c_out: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        c = c_in * expansion
        self.expands, self.adds = expansion > 1, stride == 1 and c_in == c_out
        if self.expands:
            self._expand_conv, self._bn0 = SameConv2d(c_in, c, 1), nn.BatchNorm2d(c, EPS)
        self._depthwise_conv, self._bn1 = SameConv2d(c, c, kernel, stride, groups=c), nn.BatchNorm2d(c, EPS)
        self._project_conv, self._bn2 = SameConv2d(c, c_out, 1), nn.BatchNorm2d(c_out, EPS)

    def forward(self, x: Tensor) -> Tensor:
        wide = F.relu6(self._bn0(self._expand_conv(x))) if self.expands else x
        y: Tensor = self._bn2(self._project_conv(F.relu6(self._bn1(self._depthwise_conv(wide)))))
        return x + y if self.adds else y


class EfficientNetLite0(nn.Module):
    """Map images (b, 3, h, w) in [-1, 1] to logits (b, 1000) of ImageNet's classes; 4.7 M parameters.

    Source: tan2019, Table 1, without squeeze-and-excitation and with ReLU6 in place of swish.
    """

    def __init__(self) -> None:
        super().__init__()
        self._conv_stem, self._bn0 = SameConv2d(3, STEM, 3, 2), nn.BatchNorm2d(STEM, EPS)
        blocks, self.ends, c_in = [], [], STEM
        for count, kernel, stride, expansion, c in STAGES:
            for k in range(count):
                blocks.append(InvertedResidual(c_in, c, kernel, stride if k == 0 else 1, expansion))
                c_in = c
            self.ends.append(len(blocks) - 1)
        self._blocks = nn.ModuleList(blocks)
        self._conv_head, self._bn1 = SameConv2d(c_in, HEAD, 1), nn.BatchNorm2d(HEAD, EPS)
        self._fc = nn.Linear(HEAD, CLASSES)

    def stages(self, x: Tensor) -> list[Tensor]:
        """Return what each of the seven stages puts out, shallow to deep."""
        x = F.relu6(self._bn0(self._conv_stem(x)))
        maps = []
        for k, block in enumerate(self._blocks):
            x = block(x)
            if k in self.ends:
                maps.append(x)
        return maps

    def pooled(self, x: Tensor) -> Tensor:
        """Return the features before the classes, (b, 1280)."""
        head: Tensor = F.relu6(self._bn1(self._conv_head(self.stages(x)[-1])))
        return head.mean(dim=(2, 3))

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self._fc(self.pooled(x))
        return logits


FOLLOWED_BY = {"_conv_stem": "_bn0", "_expand_conv": "_bn0", "_depthwise_conv": "_bn1", "_project_conv": "_bn2"}
"""Which norm stands behind which convolution of the stages; the head, behind the last stage, stays as it is."""


def fold_norms(net: EfficientNetLite0) -> None:
    """Put every batch norm of the stages into the convolution before it, in evaluation mode, in place.

    With g, beta, m, v the norm's: w' = w g / sqrt(v + eps), b' = beta - m g / sqrt(v + eps), computed in float64.

    With channels last, forward and backward take half the time on CPUs; outputs agree to float32 rounding.
    """
    for module in net.modules():
        for conv_name, norm_name in FOLLOWED_BY.items():
            conv, norm = getattr(module, conv_name, None), getattr(module, norm_name, None)
            if isinstance(conv, SameConv2d) and isinstance(norm, nn.BatchNorm2d):
                assert norm.running_mean is not None and norm.running_var is not None
                gain = norm.weight.double() / torch.sqrt(norm.running_var.double() + norm.eps)
                conv.weight.copy_(conv.weight.double() * gain[:, None, None, None])
                conv.bias = nn.Parameter((norm.bias.double() - norm.running_mean.double() * gain).float(), False)
                setattr(module, norm_name, nn.Identity())
