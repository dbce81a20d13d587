"""Inception features against torch-fidelity's own extractor."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

from tdot_core.bench.result import BenchResult
from tdot_core.bench.timing import interleaved, median_ratio
from tdot_core.errors import TdotError
from tdot_core.models.extractors.inception import InceptionCard, weights_here
from tdot_core.models.inception import CLASSES, LOGITS, WIDTHS, InceptionExtractor, stages
from tdot_core.models.inception_weights import load_copy
from tdot_core.models.seeded import seeded_init
from tdot_core.services.features.extract import features_by_chunk
from tdot_core.services.features.extractors import supply_of

NAME = "features"
HELP = "Inception features' values and images per second against torch-fidelity's own extractor"

REPEATS = 3
SETTINGS = (("768", 32, 1.9), ("64", 64, 2.2))
"""Layer, images per round, and how many times faster it is to be."""

Images = NDArray[np.uint8]


def run() -> list[BenchResult]:
    """Compare on all threads, ours as the feature service runs it, theirs in one batch; each on uint8 images in memory."""
    tensors, note = _weights()
    ours = InceptionExtractor(tensors, "bench")
    results = []
    for layer, n, limit in SETTINGS:
        images = _images(n)
        theirs = _theirs(tensors, layer, images)
        ours_found, theirs_found = _ours(ours, layer, images), theirs()
        error = float(np.linalg.norm(ours_found - theirs_found) / np.linalg.norm(theirs_found))
        taken = interleaved({"theirs": theirs, "ours": lambda a=layer, b=images: _ours(ours, a, b)}, REPEATS)  # type: ignore[misc]
        name = f"layer {layer}, {n} images of 32 x 32"
        results += [
            BenchResult(
                NAME,
                f"images per second over torch-fidelity's, {name}, median of {REPEATS}{note}",
                median_ratio(taken["theirs"], taken["ours"]),
                "times",
                ">=",
                limit,
            ),
            BenchResult(
                NAME, f"features against torch-fidelity's, {name}{note}", error, "relative difference", "<=", 1e-5
            ),
        ]
    return results


def _images(n: int) -> Images:
    """Return colour noise in squares of 8 pixels with finer noise on top."""
    random = np.random.RandomState(0)
    coarse = random.randint(0, 256, (n, 4, 4, 3)).repeat(8, 1).repeat(8, 2)
    images: Images = np.clip(coarse + random.randint(-40, 40, (n, 32, 32, 3)), 0, 255).astype(np.uint8)
    return images


def _ours(extractor: InceptionExtractor, layer: str, images: Images) -> NDArray[np.float32]:
    return np.concatenate([found[layer] for found in features_by_chunk(images, extractor, [layer])])


def _theirs(tensors: dict[str, Tensor], layer: str, images: Images) -> Callable[[], NDArray[np.float32]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "weights.pth"
        torch.save(_whole(tensors), path)
        net = FeatureExtractorInceptionV3("inception-v3-compat", [layer], feature_extractor_weights_path=str(path))
    x = torch.from_numpy(images).permute(0, 3, 1, 2).contiguous()

    def run() -> NDArray[np.float32]:
        with torch.inference_mode():
            found: NDArray[np.float32] = net(x)[0].numpy()
        return found

    return run


def _weights() -> tuple[dict[str, Tensor], str]:
    """Return the weights that are here, or untrained ones that take the same time, and a note for the result's name."""
    try:
        here = weights_here(supply_of(InceptionCard))
    except TdotError:
        here = None
    if here is not None:
        return load_copy(here)[0], ""
    generator = torch.Generator().manual_seed(0)
    made = [seeded_init(lambda k=k: stages()[k], generator).state_dict() for k in WIDTHS]  # type: ignore[misc]
    return {
        name: tensor for state in made for name, tensor in state.items()
    }, " (untrained network: same size and speed)"


def _whole(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Fill up what torch-fidelity wants to load though these layers never use it."""
    built = nn.ModuleDict({f"stage{layer}": stage for layer, stage in stages().items()}).state_dict()
    blank = {name.partition(".")[2]: torch.zeros_like(tensor) for name, tensor in built.items()}
    head = {LOGITS: torch.zeros(CLASSES, WIDTHS["2048"]), "fc.bias": torch.zeros(CLASSES)}
    return {**blank, **head, **tensors}
