"""Optimal-transport objectives by name: a new file here is a new choice in the `ot` prior's form."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from tdot_core.registry import Registry


@dataclass(frozen=True)
class NoSettings:
    """An objective without settings of its own."""


class Objective(ABC):
    """Measure how far a batch of fakes is from a batch of reals, differentiably in the fakes.

    key, label, reference: its name, in words, and the paper. formula: LaTeX, x real and y fake. cost: of one step, in words.
    order: place in the form. Settings: a frozen dataclass of its own settings, which join the prior's; their names begin with
    the key. exact: 0 on equal batches; otherwise it compares with a second draw and is 0 on average.
    memory: what it must remember between steps, in buffers, so that a checkpoint holds it; None when it remembers nothing.
    needs_network: it compares layers of `network` (x_t, generator) -> maps (b, c_l, h_l, w_l), set before `attach`.
    """

    key: ClassVar[str]
    label: ClassVar[str]
    reference: ClassVar[str]
    formula: ClassVar[str]
    cost: ClassVar[str]
    order: ClassVar[int] = 100
    Settings: ClassVar[type] = NoSettings
    exact: ClassVar[bool] = True
    needs_network: ClassVar[bool] = False
    memory: nn.Module | None = None
    network: Callable[[Tensor, torch.Generator], list[Tensor]] | None = None

    def __init__(self, settings: Any = None) -> None:
        self.settings = settings if settings is not None else self.Settings()

    def attach(self, shape: tuple[int, int, int], device: torch.device) -> None:  # noqa: B027, nothing is the default
        """Lay out the memory for images of a shape (c, h, w)."""

    def begin(self, population: Iterable[Tensor], generator: torch.Generator) -> None:  # noqa: B027, nothing is the default
        """See all noised real images once, in batches (b, 3, h, w), before the first step: most need not."""

    @abstractmethod
    def __call__(self, real: Tensor, fake: Tensor, n_projections: int, generator: torch.Generator) -> Tensor:
        """Return a scalar loss. real, fake: (b, 3, h, w), same b; all randomness comes from generator (CPU)."""


objectives: Registry[Objective] = Registry(__name__, Objective, "objective")  # type: ignore[type-abstract]
