"""What three tools do to an image before Inception: a linear map along each side, and their normalisation."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import interpolate

from tdot_core.models.resizes import CLEAN, PYTORCH_FID, TORCH_FIDELITY

SIDE = 299


class Resize(ABC):
    """Take images (b, 3, h, w) in 0..255 to Inception's (b, 3, 299, 299); matrices are kept by size on one device."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._matrices: dict[int, Tensor] = {}

    def __call__(self, x: Tensor) -> Tensor:
        height, width = (self._kept(size) for size in x.shape[2:])
        return self.after(height @ self.before(x) @ width.T)

    def _kept(self, size: int) -> Tensor:
        if size not in self._matrices:
            self._matrices[size] = self.matrix(size).to(self._device)
        return self._matrices[size]

    @staticmethod
    @abstractmethod
    def matrix(size: int) -> Tensor:
        """Return the (299, size) matrix that resizes one side."""

    def before(self, x: Tensor) -> Tensor:
        """Normalise what is resized."""
        return x

    def after(self, x: Tensor) -> Tensor:
        """Normalise what was resized."""
        return x


class TorchFidelity(Resize):
    """Bilinear without aligned corners as in TensorFlow 1, where row i reads i size / 299; (x - 128) / 128."""

    @staticmethod
    def matrix(size: int) -> Tensor:
        position = torch.arange(SIDE, dtype=torch.float32) * torch.tensor(size / SIDE, dtype=torch.float32)
        low = position.long()
        part = position - low
        matrix = torch.zeros(SIDE, size)
        rows = torch.arange(SIDE)
        matrix[rows, low] = 1 - part
        # At the border both neighbours are the last pixel, so the weights add up there.
        matrix[rows, (low + 1).clamp_max(size - 1)] += part
        return matrix

    def before(self, x: Tensor) -> Tensor:
        return (x - 128) / 128


class PytorchFid(Resize):
    """Bilinear about pixel centres, where row i reads (i + 1/2) size / 299 - 1/2; 2 x / 255 - 1."""

    @staticmethod
    def matrix(size: int) -> Tensor:
        unit = torch.eye(size)[None, None]
        return interpolate(unit, size=(SIDE, size), mode="bilinear", align_corners=False)[0, 0]

    def before(self, x: Tensor) -> Tensor:
        return x / 255

    def after(self, x: Tensor) -> Tensor:
        return 2 * x - 1


class Clean(Resize):
    """Pillow's antialiased bicubic on floats, clamped to 0..255; (x - 128) / 128."""

    @staticmethod
    def matrix(size: int) -> Tensor:
        # Pillow's filter is linear and works along one side after the other, so its answer to unit vectors is its matrix.
        unit = Image.fromarray(np.eye(size, dtype=np.float32))
        return torch.from_numpy(np.array(unit.resize((size, SIDE), Image.Resampling.BICUBIC)))

    def after(self, x: Tensor) -> Tensor:
        return (x.clamp(0, 255) - 128) / 128


KINDS: dict[str, type[Resize]] = {TORCH_FIDELITY: TorchFidelity, PYTORCH_FID: PytorchFid, CLEAN: Clean}
