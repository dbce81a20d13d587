"""The feature extractor `cifar-cnn`: the penultimate layer of this project's own classifier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tdot_core.maths.quantise import from_uint8
from tdot_core.models.cifar_cnn import CifarCnn
from tdot_core.models.extractor import PROBABILITIES, Extractor
from tdot_core.models.full_precision import full_precision
from tdot_core.models.weights import load_module

LAYER = "penultimate"


class CifarCnnExtractor(Extractor):
    """Give the pooled features (b, 4 width) of a trained CifarCnn, which are non-negative, and its class probabilities.

    tensors: the classifier's weights; width, classes: the settings they were trained with; fingerprint: their SHA-256.
    Raises TdotError when the weights do not fit.
    """

    key = "cifar-cnn"
    layers = (LAYER,)

    def __init__(
        self,
        tensors: Mapping[str, Tensor],
        width: int,
        classes: int,
        fingerprint: str,
        device: torch.device | str = "cpu",
    ) -> None:
        self.device, self.fingerprint = torch.device(device), fingerprint
        net = load_module(lambda: CifarCnn(width, classes), tensors, self.device)
        self.net = net.to(memory_format=torch.channels_last)
        self.widths = {LAYER: self.net.n_features, PROBABILITIES: classes}

    @torch.inference_mode()
    def __call__(self, images: NDArray[np.uint8], layers: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        self.check(layers)
        x = from_uint8(torch.from_numpy(np.ascontiguousarray(images)).to(self.device))
        with full_precision(self.device):
            features = self.net.features(x.contiguous(memory_format=torch.channels_last))
            found = {LAYER: features}
            if PROBABILITIES in layers:
                found[PROBABILITIES] = self.net.head(features).softmax(dim=1)
        return {layer: found[layer].float().cpu().numpy() for layer in layers}
