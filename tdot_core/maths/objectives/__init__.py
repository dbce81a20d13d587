"""Optimal-transport objectives by name: a new file here is a new choice in the `ot` prior's form."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import torch
from torch import Tensor

from tdot_core.registry import Registry


class Objective(ABC):
    """Measure how far a batch of fakes is from a batch of reals, differentiably in the fakes."""

    key: ClassVar[str]
    label: ClassVar[str]
    reference: ClassVar[str]

    @abstractmethod
    def __call__(self, real: Tensor, fake: Tensor, n_projections: int, generator: torch.Generator) -> Tensor:
        """Return a scalar loss >= 0. real, fake: (b, 3, h, w), same b; all randomness comes from generator (CPU)."""


objectives: Registry[Objective] = Registry(__name__, Objective, "objective")  # type: ignore[type-abstract]
