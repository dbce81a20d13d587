"""The feature extractor `inception`: the FID Inception network of 2015-12-05, folded for speed, with the same answer."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch_fidelity import feature_extractor_inceptionv3 as blocks

from tdot_core.errors import TdotError
from tdot_core.models.extractor import PROBABILITIES, Extractor
from tdot_core.models.folded_conv import fold
from tdot_core.models.full_precision import full_precision
from tdot_core.models.inception_resize import KINDS
from tdot_core.models.resizes import TORCH_FIDELITY

SLICE = 4
"""Images that go through the network together on the CPU: few, so that activations stay in the processor's cache."""
WIDTHS = {"64": 64, "192": 192, "768": 768, "2048": 2048}
LOGITS, CLASSES, AUXILIARY = "fc.weight", 1008, "AuxLogits."
"""The last linear map of 2015-12-05, to 1008 classes; the Inception Score leaves its bias out."""


def stages() -> dict[str, nn.ModuleDict]:
    """Build torch-fidelity's Inception-v3 with its names, untrained, as the stage that leads to each layer.

    torch-fidelity's own class loads its weights by full unpickling as it is built, so only its blocks are used.
    """
    conv, pool = blocks.BasicConv2d, nn.MaxPool2d
    return {
        "64": nn.ModuleDict(
            {
                "Conv2d_1a_3x3": conv(3, 32, kernel_size=3, stride=2),
                "Conv2d_2a_3x3": conv(32, 32, kernel_size=3),
                "Conv2d_2b_3x3": conv(32, 64, kernel_size=3, padding=1),
                "MaxPool_1": pool(kernel_size=3, stride=2),
            }
        ),
        "192": nn.ModuleDict(
            {
                "Conv2d_3b_1x1": conv(64, 80, kernel_size=1),
                "Conv2d_4a_3x3": conv(80, 192, kernel_size=3),
                "MaxPool_2": pool(kernel_size=3, stride=2),
            }
        ),
        "768": nn.ModuleDict(
            {
                "Mixed_5b": blocks.InceptionA(192, pool_features=32),
                "Mixed_5c": blocks.InceptionA(256, pool_features=64),
                "Mixed_5d": blocks.InceptionA(288, pool_features=64),
                "Mixed_6a": blocks.InceptionB(288),
                "Mixed_6b": blocks.InceptionC(768, channels_7x7=128),
                "Mixed_6c": blocks.InceptionC(768, channels_7x7=160),
                "Mixed_6d": blocks.InceptionC(768, channels_7x7=160),
                "Mixed_6e": blocks.InceptionC(768, channels_7x7=192),
            }
        ),
        "2048": nn.ModuleDict(
            {
                "Mixed_7a": blocks.InceptionD(768),
                "Mixed_7b": blocks.InceptionE_1(1280),
                "Mixed_7c": blocks.InceptionE_2(2048),
            }
        ),
    }


@cache
def expected_shapes() -> Mapping[str, Mapping[str, torch.Size]]:
    """Return, per layer, the name and shape of every tensor that its stage needs."""
    with torch.device("meta"):
        built = stages()
    # The batch counters are training state; older files lack them.
    return {
        layer: {name: t.shape for name, t in stage.state_dict().items() if not name.endswith("num_batches_tracked")}
        for layer, stage in built.items()
    }


class InceptionExtractor(Extractor):
    """Give globally pooled features of Inception-v3 after its stages of width 64, 192, 768 and 2048.

    Images of any size are stretched to 299 x 299 by one of RESIZES.

    tensors: torch-fidelity's state dict or any part of it; a layer is there when all tensors up to it are there and finite.
    fingerprint: SHA-256 of the weights file, to which another resize than torch-fidelity's is added. Features equal
    torch-fidelity's to 1e-5 relative; one forward gives all asked layers and stops after the deepest. Complete weights give
    class probabilities too. Always float32: bfloat16 was 2.6 times as fast on a CPU that computes in it, but moved the
    features by 0.35 % (64) to 0.9 % (768). Raises TdotError when a shape differs or not even the first layer is there.
    """

    key, any_size = "inception", True

    def __init__(
        self,
        tensors: Mapping[str, Tensor],
        fingerprint: str,
        device: torch.device | str = "cpu",
        resize: str = TORCH_FIDELITY,
    ) -> None:
        self.device, self.resize = torch.device(device), resize
        self.fingerprint = fingerprint if resize == TORCH_FIDELITY else _with_resize(fingerprint, resize)
        self._resized = KINDS[resize](self.device)
        self._stages: dict[str, nn.ModuleDict] = {}
        self.layers = available_layers(tensors)
        if not self.layers:
            raise TdotError("These Inception weights lack even the first layers; expected torch-fidelity's state dict.")
        self.absent = tuple(layer for layer in WIDTHS if layer not in self.layers)
        self.widths = {layer: WIDTHS[layer] for layer in self.layers}
        self._logits = tensors[LOGITS].float().to(self.device) if gives_logits(tensors) else None
        if self._logits is not None:
            self.widths[PROBABILITIES] = CLASSES
        for layer, stage in stages().items():
            if layer in self.layers:
                stage.load_state_dict({name: tensors[name] for name in expected_shapes()[layer]}, strict=False)
                fold(stage.eval().requires_grad_(False))
                self._stages[layer] = stage.to(self.device).to(memory_format=torch.channels_last)

    def _input(self, images: NDArray[np.uint8]) -> Tensor:
        x = torch.from_numpy(np.ascontiguousarray(images)).to(self.device)
        return self._resized(x.permute(0, 3, 1, 2).float()).contiguous(memory_format=torch.channels_last)

    def _pooled(self, x: Tensor, layers: Sequence[str]) -> Iterator[tuple[str, Tensor]]:
        wanted = set(layers)
        for layer, stage in self._stages.items():
            for block in stage.values():
                x = block(x)
            if layer in wanted:
                yield layer, x.mean(dim=(2, 3))
                wanted.remove(layer)
            if not wanted:
                return

    @torch.inference_mode()
    def __call__(self, images: NDArray[np.uint8], layers: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        self.check(layers)
        with full_precision(self.device):
            parts = [self._features(part, layers) for part in self._slices(images)]
        return {layer: torch.cat([part[layer] for part in parts])[: len(images)].cpu().numpy() for layer in layers}

    def _slices(self, images: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
        """Cut images into slices of one size, the last padded, so that weights are put in order for one shape only."""
        size = SLICE if self.device.type == "cpu" else len(images)
        for start in range(0, len(images), size):
            part = images[start : start + size]
            lacking = size - len(part)
            yield np.concatenate([part, np.zeros((lacking, *part.shape[1:]), np.uint8)]) if lacking else part

    def _features(self, images: NDArray[np.uint8], layers: Sequence[str]) -> dict[str, Tensor]:
        asked = ["2048" if layer == PROBABILITIES else layer for layer in layers]
        pooled = dict(self._pooled(self._input(images), asked))
        if PROBABILITIES in layers:
            assert self._logits is not None
            pooled[PROBABILITIES] = (pooled["2048"] @ self._logits.T).softmax(dim=1)
        return pooled


def _with_resize(fingerprint: str, resize: str) -> str:
    return hashlib.sha256(f"{fingerprint} {resize}".encode()).hexdigest()


def check_network(tensors: Mapping[str, Tensor]) -> None:
    """Raise TdotError for torchvision's Inception-v3: other weights under the same names, told by its heads.

    It has an auxiliary head, and classifies into 1,000 classes of ImageNet (or those it was trained further for), not 1,008.
    """
    head = tensors.get(LOGITS)
    auxiliary = any(name.startswith(AUXILIARY) for name in tensors)
    if auxiliary or (head is not None and (head.ndim != 2 or len(head) != CLASSES)):
        found = [f"{LOGITS} of {len(head):,} rows"] if head is not None and head.ndim else []
        raise TdotError(
            f"These are weights of torchvision's Inception-v3 ({', '.join(found + ['AuxLogits'] * auxiliary)}), another network "
            f"than FID's of 2015-12-05, which has {CLASSES:,} rows and no AuxLogits; its features would give no FID. Give "
            "torch-fidelity's or pytorch-fid's weights-inception-2015-12-05 file."
        )


def available_layers(tensors: Mapping[str, Tensor]) -> tuple[str, ...]:
    """Return the layers, shallow to deep, up to which every tensor is there and finite.

    Raises TdotError when a tensor has another shape than Inception-v3's, and for torchvision's weights.
    """
    check_network(tensors)
    found = []
    for layer, shapes in expected_shapes().items():
        for name, shape in shapes.items():
            if name in tensors and tensors[name].shape != shape:
                raise TdotError(
                    f"These are not the FID Inception weights: {name} has shape {tuple(tensors[name].shape)}, "
                    f"expected {tuple(shape)}."
                )
        if not all(name in tensors and bool(torch.isfinite(tensors[name]).all()) for name in shapes):
            break
        found.append(layer)
    return tuple(found)


def gives_logits(tensors: Mapping[str, Tensor]) -> bool:
    """Tell whether weights reach the classes: the deepest layer and the map from it are there and finite."""
    last = tensors.get(LOGITS)
    if last is None or last.shape != (CLASSES, WIDTHS["2048"]) or not bool(torch.isfinite(last).all()):
        return False
    return available_layers(tensors)[-1:] == ("2048",)
