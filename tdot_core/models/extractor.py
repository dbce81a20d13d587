"""The contract of a feature extractor: uint8 images in, one feature vector per image and layer out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from tdot_core.errors import TdotError

if TYPE_CHECKING:
    import torch

PROBABILITIES = "probabilities"
"""What to ask for, beside layers, to get the class probabilities of each image where the extractor classifies."""


class Extractor(ABC):
    """Turn images into features on `device`.

    key: its name in results. any_size: whether it takes images of any size, as its card says. layers: the layers that its
    weights give, shallow to deep; a layer that exists in the architecture but not in the weights is in `absent`. widths:
    features per layer. resize: how it brings images to one size, "" where it takes them as they are. fingerprint: SHA-256 of
    the weights, and of the resize where it is not the extractor's own.
    An extractor that classifies has PROBABILITIES in `widths` (not in `layers`: it is no feature space) and gives them like
    a layer, each row summing to 1.
    """

    key: ClassVar[str]
    any_size: ClassVar[bool] = False
    layers: tuple[str, ...]
    absent: tuple[str, ...] = ()
    widths: Mapping[str, int]
    fingerprint: str
    resize: str = ""
    device: torch.device

    @abstractmethod
    def __call__(self, images: NDArray[np.uint8], layers: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """Return features by layer, each (b, widths[layer]) float32, of one chunk of images (b, 32, 32, 3) uint8.

        With any_size they may be (b, h, w, 3). Raises TdotError for a layer that is unknown or absent from the weights.
        """

    def check(self, layers: Sequence[str]) -> None:
        """Raise TdotError unless every layer can be had from these weights."""
        for layer in layers:
            if layer == PROBABILITIES:
                if PROBABILITIES not in self.widths:
                    raise TdotError(f"These weights of {self.key} give no class probabilities.")
                continue
            if layer in self.absent:
                raise TdotError(
                    f"Layer {layer} of {self.key} is not measured: the weights file lacks it. "
                    f"Choose one of {', '.join(self.layers)}, or a complete weights file."
                )
            if layer not in self.layers:
                raise TdotError(
                    f"Extractor {self.key} has no layer {str(layer)[:40]!r}. Known: {', '.join(self.layers)}."
                )
