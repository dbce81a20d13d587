"""The contract of an extractor's card: what it is and gives, known before torch is loaded, and how it is opened."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from tdot_core.errors import TdotError, unknown_name
from tdot_core.models.extractor import Extractor
from tdot_core.progress import Progress

if TYPE_CHECKING:
    import torch
    from torch import Tensor

Fetch = Callable[[str, Path, str, str], Generator[Progress, None, None]]
"""Download (address, target, digest, what to do otherwise), as `tdot_core.services.storage.download` does."""


@dataclass(frozen=True)
class Trained:
    """The weights of a run with the settings that it recorded and the SHA-256 of its file."""

    tensors: Mapping[str, Tensor]
    config: Mapping[str, Any]
    fingerprint: str


@dataclass(frozen=True)
class Supply:
    """What this machine has for an extractor.

    store: folder of safe copies of weights files; fetch: how to download one; file: the weights file that was named; trained:
    reads the best run of the card's kind, None where there is none; resize: the one to take, "" for the extractor's own.
    """

    store: Path
    fetch: Fetch
    file: Path | None = None
    trained: Callable[[], Trained] | None = None
    resize: str = ""


@dataclass(frozen=True)
class State:
    """Whether an extractor can be used now. layers: those to be had, () for none; ready: without a download; note: a sentence why not."""

    layers: tuple[str, ...]
    ready: bool
    note: str = ""


class ExtractorCard(ABC):
    """Describe an extractor and open it; torch is imported when it is opened, not with the card's file.

    key, label: its name in results and for people. layers: feature spaces, shallow to deep; widths: features of each with the
    weights that everybody has. default_layer: the one to take unasked. short: what its Fréchet distance is called, FD-<short>,
    default the key. reference: bibliography key of the network, empty for none. run: kind of run whose weights it takes;
    variable: environment variable that names its weights file; either empty where it needs none. any_size: whether it takes
    images of any size; else they are made 32 x 32. resizes: the ways in which it brings them to one size, its own first, none
    where it takes them as they are. rank: place in lists.
    """

    key: ClassVar[str]
    label: ClassVar[str]
    layers: ClassVar[tuple[str, ...]]
    widths: ClassVar[Mapping[str, int]]
    default_layer: ClassVar[str]
    short: ClassVar[str] = ""
    reference: ClassVar[str] = ""
    run: ClassVar[str] = ""
    variable: ClassVar[str] = ""
    any_size: ClassVar[bool] = False
    resizes: ClassVar[tuple[str, ...]] = ()
    rank: ClassVar[int] = 100

    @classmethod
    def distance(cls, layer: str) -> str:
        """Return what the Fréchet distance is called on a layer."""
        return f"FD-{cls.short or cls.key}"

    @classmethod
    def resize(cls, asked: str = "") -> str:
        """Return the resize that is meant, "" where there is none; raises TdotError for one that the extractor does not have."""
        if asked and not cls.resizes:
            raise TdotError(
                f"--resize is for extractors that take images of any size; {cls.key} takes 32 x 32 as they are."
            )
        if asked and asked not in cls.resizes:
            raise unknown_name(f"resize of {cls.key}", asked, cls.resizes)
        return asked or next(iter(cls.resizes), "")

    @classmethod
    def state(cls, supply: Supply) -> State:
        """Return whether it can be used with what is here; reads no tensors."""
        if cls.run and supply.trained is None:
            return State((), False, f"Not trained yet: python -m tdot_core train {cls.run} --dataset cifar10")
        return State(cls.layers, True)

    @classmethod
    @abstractmethod
    def opening(cls, supply: Supply, device: torch.device | str) -> Generator[Progress, None, Extractor]:
        """Return the extractor, yielding the progress of a download where one is needed; raises TdotError saying what is missing."""
