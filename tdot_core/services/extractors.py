"""Which feature extractors there are, whether they are ready, and opening them."""

from __future__ import annotations

import os
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tdot_core.errors import TdotError, unknown_name
from tdot_core.metrics.gaussians import distance_name
from tdot_core.models.inception_weights import (
    copied_layers,
    copy_path,
    download,
    downloaded_copy,
    load_copy,
    safe_copy,
    whole,
)
from tdot_core.progress import Progress, finish
from tdot_core.services.paths import cache_root

if TYPE_CHECKING:
    import torch

    from tdot_core.models.extractor import Extractor

LAYERS = {"cifar-cnn": ("penultimate",), "inception": ("64", "192", "768", "2048")}
DEFAULT_LAYERS = {"cifar-cnn": "penultimate", "inception": "2048"}
LABELS = {"cifar-cnn": "CIFAR classifier (ships with TDOT)", "inception": "Inception-v3 (FID, 2015-12-05)"}


@dataclass(frozen=True)
class ExtractorInfo:
    """Describe an extractor for a form: the layers that can be chosen, whether it is ready offline, and a sentence why not."""

    key: str
    label: str
    layers: tuple[str, ...]
    ready: bool
    note: str = ""

    def distances(self) -> dict[str, str]:
        """Return what the Fréchet distance is called on each layer."""
        return {layer: distance_name(self.key, layer) for layer in self.layers}


def weights_store() -> Path:
    """Return the folder of safe copies of downloaded and imported weights."""
    return cache_root() / "weights"


def _named_weights(weights: str | Path | None) -> Path | None:
    named = weights or os.environ.get("TDOT_INCEPTION")
    return Path(os.path.expanduser(named)) if named else None


def weights_here() -> Path | None:
    """Return the safe copy of the Inception weights that are on this machine: TDOT_INCEPTION's, or downloaded ones, or None.

    Raises TdotError when TDOT_INCEPTION names a file that cannot be read.
    """
    path, store = _named_weights(None), weights_store()
    return safe_copy(path, store) if path else downloaded_copy(store)


def available_extractors(weights: str | Path | None = None) -> list[ExtractorInfo]:
    """Describe every extractor without importing torch. weights: a path for inception, default TDOT_INCEPTION."""
    return [_cifar_cnn_info(), _inception_info(_named_weights(weights))]


def _cifar_cnn_info() -> ExtractorInfo:
    from tdot_core.services.runs.store import list_runs

    ready = any(run.weights_path.exists() for run in list_runs("cifar-cnn"))
    note = "" if ready else "Not trained yet: python -m tdot_core train cifar-cnn --dataset cifar10"
    return ExtractorInfo("cifar-cnn", LABELS["cifar-cnn"], LAYERS["cifar-cnn"], ready, note)


def _inception_info(path: Path | None) -> ExtractorInfo:
    def describe(layers: tuple[str, ...], ready: bool, note: str) -> ExtractorInfo:
        return ExtractorInfo("inception", LABELS["inception"], layers, ready, note)

    if path is None:
        copy = downloaded_copy(weights_store())
        return (
            describe(copied_layers(copy), True, "")
            if copy
            else describe(LAYERS["inception"], False, "Its weights (91 MB) are downloaded on first use.")
        )
    if not path.is_file():
        return describe((), False, f"{path.name} (TDOT_INCEPTION or --weights) does not exist.")
    try:
        copy = copy_path(path, weights_store())
    except TdotError as error:
        return describe((), False, str(error))
    if not whole(copy):
        return describe(LAYERS["inception"], True, f"{path.name} is checked on first use.")
    layers = copied_layers(copy)
    absent = [layer for layer in LAYERS["inception"] if layer not in layers]
    return describe(layers, True, f"{path.name} lacks {', '.join(absent)}: not measured." if absent else "")


def opening(
    key: str, *, weights: str | Path | None = None, device: torch.device | str = "cpu"
) -> Generator[Progress, None, Extractor]:
    """Open an extractor, downloading its weights if need be; yields the download's progress.

    key: "cifar-cnn" or "inception"; weights: a path for inception, default TDOT_INCEPTION, else torch-fidelity's download.
    Raises TdotError naming the known keys, or saying what is missing and what to do.
    """
    if key not in LAYERS:
        raise unknown_name("extractor", key, LAYERS)
    if key == "cifar-cnn":
        if weights is not None:
            raise TdotError("--weights is for extractor inception; cifar-cnn uses its best run.")
        return _open_cifar_cnn(device)
    from tdot_core.models.inception import InceptionExtractor

    path, store = _named_weights(weights), weights_store()
    copy = safe_copy(path, store) if path else downloaded_copy(store) or (yield from download(store))
    return InceptionExtractor(*load_copy(copy), device)


def open_extractor(key: str, *, weights: str | Path | None = None, device: torch.device | str = "cpu") -> Extractor:
    """Open an extractor as `opening` does, without showing progress."""
    return finish(opening(key, weights=weights, device=device))


def _open_cifar_cnn(device: torch.device | str) -> Extractor:
    from tdot_core.config import build_config
    from tdot_core.models.cifar_cnn_extractor import CifarCnnExtractor
    from tdot_core.models.cifar_cnn_training import CifarCnnTraining
    from tdot_core.services.loading import best_run
    from tdot_core.services.runs.checkpoints import load_weights, sha256

    run = best_run("cifar-cnn")
    if run is None:
        raise TdotError(
            "There is no trained cifar-cnn yet. Train one: python -m tdot_core train cifar-cnn --dataset cifar10"
        )
    config = build_config(CifarCnnTraining.Config, run.config)
    return CifarCnnExtractor(load_weights(run.path), config.width, config.classes, sha256(run.weights_path), device)
