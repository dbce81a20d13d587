"""The contract of everything that a worker can train: priors, the denoiser, the feature network."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from tdot_core.models.fitting import FitState, ImageData
from tdot_core.progress import Progress


class Trainable(ABC):
    """Train by iterating: `fit` yields a Progress per step, and between two of them `state` is a whole checkpoint.

    key, label, summary, reference: what it is called, in a word, a line, and the paper. Config: a frozen dataclass whose
    field metadata (help, range, step) makes the form. `weights()` is what sampling needs, as named tensors.
    """

    key: ClassVar[str]
    label: ClassVar[str]
    summary: ClassVar[str]
    reference: ClassVar[str]
    Config: ClassVar[type]
    parallel: ClassVar[bool] = False
    """Whether several processes can share each step, every one drawing the same batches from the same generator."""

    state: FitState | None = None
    beginning: tuple[Mapping[str, Tensor], Any] | None = None
    """Weights and Config of another run that a fresh training is to begin with, where the kind knows how to."""

    def __init__(self, config: Any = None, device: torch.device | str = "cpu") -> None:
        self.config, self.device = config or self.Config(), torch.device(device)

    lent: tuple[Mapping[str, Tensor], Any] | None = None
    """Weights and Config (None for those of a package) of the network that `looks_through` names, None where it needs none."""

    @classmethod
    def looks_through(cls, config: Any) -> str:
        """Return the key of the feature network that a training with this config looks through, empty for none."""
        return ""

    @classmethod
    def length_sets_step_size(cls, config: Any) -> bool:
        """Tell whether the step size depends on how many steps are planned, as an annealed one does."""
        return False

    @abstractmethod
    def fit(
        self, data: ImageData, config: Any, generator: torch.Generator, resume: Mapping[str, Tensor] | None = None
    ) -> Iterator[Progress]:
        """Train on data, yielding after every step; `resume` holds the tensors of an earlier `state`.

        All randomness comes from generator. Raises TdotError when resume does not fit.
        """

    @abstractmethod
    def weights(self) -> dict[str, Tensor]:
        """Return what sampling needs as named tensors (the EMA's where there is one)."""

    @abstractmethod
    def load_weights(self, tensors: Mapping[str, Tensor]) -> None:
        """Put saved weights back; raises TdotError when names or shapes do not fit the config."""

    def networks(self) -> list[nn.Module]:
        """Return the networks that its config makes, freshly built, for counting their weights; none where there are none."""
        return []

    def preview(self, n: int) -> Tensor | None:
        """Return n images (n, 3, 32, 32) in [-1, 1] that show how far training is, or None when there are none."""
        return None
