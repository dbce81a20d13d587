"""The card of `inception`: the FID Inception network of 2015-12-05, whose weights are downloaded or named by path."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

from tdot_core.errors import TdotError
from tdot_core.models.extractor import Extractor
from tdot_core.models.extractors.base import ExtractorCard, State, Supply
from tdot_core.models.inception_weights import (
    copied_layers,
    copy_path,
    download,
    downloaded_copy,
    load_copy,
    safe_copy,
    whole,
)
from tdot_core.models.resizes import RESIZES
from tdot_core.progress import Progress

if TYPE_CHECKING:
    import torch


def weights_here(supply: Supply) -> Path | None:
    """Return the safe copy of the weights that are on this machine, those of a named file or downloaded ones; None without.

    Raises TdotError when the named file cannot be read.
    """
    return safe_copy(supply.file, supply.store) if supply.file else downloaded_copy(supply.store)


class InceptionCard(ExtractorCard):
    """Describe Inception-v3's pooled features after its stages; the Fréchet distance on them is the FID."""

    key = "inception"
    label = "Inception-v3 (FID, 2015-12-05)"
    layers = ("64", "192", "768", "2048")
    widths = {"64": 64, "192": 192, "768": 768, "2048": 2048}
    default_layer = "2048"
    variable = "TDOT_INCEPTION"
    any_size = True
    resizes = tuple(RESIZES)
    rank = 2

    @classmethod
    def distance(cls, layer: str) -> str:
        return f"FID-{layer}"

    @classmethod
    def state(cls, supply: Supply) -> State:
        if supply.file is None:
            copy = downloaded_copy(supply.store)
            if copy is None:
                return State(cls.layers, False, "Its weights (91 MB) are downloaded on first use.")
            return State(copied_layers(copy), True)
        return cls._state_of(supply.file, supply.store)

    @classmethod
    def _state_of(cls, path: Path, store: Path) -> State:
        if not path.is_file():
            return State((), False, f"{path.name} ({cls.variable} or --weights) does not exist.")
        try:
            copy = copy_path(path, store)
        except TdotError as error:
            return State((), False, str(error))
        if not whole(copy):
            return State(cls.layers, True, f"{path.name} is checked on first use.")
        layers = copied_layers(copy)
        absent = [layer for layer in cls.layers if layer not in layers]
        return State(layers, True, f"{path.name} lacks {', '.join(absent)}: not measured." if absent else "")

    @classmethod
    def opening(cls, supply: Supply, device: torch.device | str) -> Generator[Progress, None, Extractor]:
        from tdot_core.models.inception import InceptionExtractor

        copy = weights_here(supply) or (yield from download(supply.store, supply.fetch))
        return InceptionExtractor(*load_copy(copy), device, cls.resize(supply.resize))
