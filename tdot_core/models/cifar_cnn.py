"""The small residual classifier whose penultimate layer is the offline feature space `cifar-cnn`."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn


class ResidualBlock(nn.Module):
    """Add two 3x3 convolutions with batch norm to their input: (b, c, h, w) => (b, c, h, w)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        h = F.relu(self.norm1(self.conv1(x)))
        return F.relu(x + self.norm2(self.conv2(h)))


def _widen(c_in: int, c_out: int, pool: bool) -> nn.Sequential:
    layers = [nn.Conv2d(c_in, c_out, 3, padding=1, bias=False), nn.BatchNorm2d(c_out), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers, nn.MaxPool2d(2)) if pool else nn.Sequential(*layers)


class CifarCnn(nn.Module):
    """Classify (b, 3, 32, 32) in [-1, 1] => (b, n_classes) logits; `features` gives the layer before, (b, 4 width).

    A narrow ResNet-9 after Page 2018: 1.25 M parameters and 192 features at width 48. Batch norm runs on its stored
    statistics in eval mode, so the features of an image do not depend on its batch.
    """

    def __init__(self, width: int = 48, n_classes: int = 10) -> None:
        super().__init__()
        w = width
        self.n_features = 4 * w
        self.stem = _widen(3, w, pool=False)
        self.stage1 = nn.Sequential(_widen(w, 2 * w, pool=True), ResidualBlock(2 * w))
        self.stage2 = _widen(2 * w, 3 * w, pool=True)
        self.stage3 = nn.Sequential(_widen(3 * w, 4 * w, pool=True), ResidualBlock(4 * w))
        self.head = nn.Linear(4 * w, n_classes)

    def features(self, x: Tensor) -> Tensor:
        """Return the penultimate layer (b, 4 width): a global average pool of ReLU outputs, hence non-negative."""
        h = self.stage3(self.stage2(self.stage1(self.stem(x))))
        pooled: Tensor = h.mean(dim=(2, 3))
        return pooled

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.head(self.features(x))
        return logits


def smoothed_cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the mean cross entropy with label smoothing 0.1 (Szegedy 2016, section 7)."""
    return F.cross_entropy(logits, labels, label_smoothing=0.1)
