"""Which feature extractors can be used on this machine, and opening them; no torch until one is opened."""

from __future__ import annotations

import os
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tdot_core.errors import TdotError, unknown_name
from tdot_core.models.extractor import Extractor
from tdot_core.models.extractors import extractors
from tdot_core.models.extractors.base import ExtractorCard, Supply, Trained
from tdot_core.progress import Progress, finish
from tdot_core.services.runs.store import Run, best_run
from tdot_core.services.storage.download import download
from tdot_core.services.storage.paths import cache_root

if TYPE_CHECKING:
    import torch


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
        card = extractors.get(self.key)
        return {layer: card.distance(layer) for layer in card.layers}


def weights_store() -> Path:
    """Return the folder of safe copies of downloaded and imported weights."""
    return cache_root() / "weights"


def supply_of(card: type[ExtractorCard], weights: str | Path | None = None, resize: str = "") -> Supply:
    """Return what this machine has for an extractor. weights: its file, default the one that its environment variable names."""
    named = weights or (os.environ.get(card.variable) if card.variable else None)
    run = best_run(card.run) if card.run else None
    return Supply(
        weights_store(),
        download,
        Path(os.path.expanduser(named)) if named else None,
        None if run is None else lambda: _trained(run),
        resize,
    )


def _trained(run: Run) -> Trained:
    from tdot_core.services.runs.checkpoints import load_weights, sha256

    return Trained(load_weights(run.path), run.config, sha256(run.weights_path))


def available_extractors(weights: str | Path | None = None) -> list[ExtractorInfo]:
    """Describe every extractor without importing torch. weights: a path for those that read a file, default their variable's."""
    return [_info(card, weights if card.variable else None) for card in extractors.all().values()]


def _info(card: type[ExtractorCard], weights: str | Path | None) -> ExtractorInfo:
    state = card.state(supply_of(card, weights))
    return ExtractorInfo(card.key, card.label, state.layers, state.ready, state.note)


def check_extractor(key: str, layers: Sequence[str], weights: str | Path | None = None) -> ExtractorInfo:
    """Return what is known of an extractor that can be used for these layers; nothing is opened or downloaded.

    Raises TdotError for an unknown extractor or layer, weights that it does not take, and what cannot be had here.
    """
    card = _card(key, weights)
    for layer in layers:
        if layer not in card.layers:
            raise unknown_name(f"layer of {key}", layer, card.layers)
    info = _info(card, weights)
    if not info.layers:
        raise TdotError(f"Extractor {key} cannot be used. {info.note}")
    for layer in layers:
        if layer not in info.layers:
            raise TdotError(
                f"Layer {layer} of {key} is not measured: the weights file lacks it. "
                f"Choose one of {', '.join(info.layers)}, or a complete weights file."
            )
    return info


def _card(key: str, weights: str | Path | None) -> type[ExtractorCard]:
    card = extractors.get(key)
    if weights is not None and not card.variable:
        reading = " or ".join(name for name, other in extractors.all().items() if other.variable)
        raise TdotError(
            f"--weights is for extractor {reading}; {key} {'uses its best run' if card.run else 'has none'}."
        )
    return card


def opening(
    key: str, *, weights: str | Path | None = None, device: torch.device | str = "cpu", resize: str = ""
) -> Generator[Progress, None, Extractor]:
    """Open an extractor, downloading its weights if need be; yields the download's progress.

    weights: a path for those that read a file, default their variable's, else the published ones; resize: one of the card's,
    "" for its own. Raises TdotError naming the known keys, or saying what is missing and what to do.
    """
    card = _card(key, weights)
    card.resize(resize)
    return card.opening(supply_of(card, weights, resize), device)


def open_extractor(key: str, *, weights: str | Path | None = None, device: torch.device | str = "cpu") -> Extractor:
    """Open an extractor as `opening` does, without showing progress."""
    return finish(opening(key, weights=weights, device=device))
