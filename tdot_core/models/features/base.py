"""The contract of a feature network: noised images in, activations of several layers out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor

from tdot_core.maths.schedule import NoiseSchedule

Lent = tuple[Mapping[str, Tensor], Any]
"""Weights and Config of the run that a network is taken from."""


class FeatureNetwork(ABC):
    """Give feature maps of x_t, differentiably in x_t; its own weights never move.

    key, label: its name. trained_on: what it learned from before, empty for nothing; labels: whether it saw classes.
    run: kind of run whose weights it needs, empty for none; package: of the Python registry, in which they lie, likewise.
    judges: extractors that are this network, whose numbers say nothing of a prior trained with it. t, schedule: the noise that
    x_t carries.
    """

    key: ClassVar[str]
    label: ClassVar[str]
    trained_on: ClassVar[str]
    labels: ClassVar[bool] = False
    run: ClassVar[str] = ""
    package: ClassVar[str] = ""
    judges: ClassVar[tuple[str, ...]] = ()
    order: ClassVar[int] = 100

    def __init__(self, lent: Lent | None, t: int, schedule: NoiseSchedule, device: torch.device) -> None:
        self.t, self.schedule, self.device = t, schedule, device

    @abstractmethod
    def __call__(self, x_t: Tensor, generator: torch.Generator) -> list[Tensor]:
        """Return the maps (b, c_l, h_l, w_l) of each layer, shallow to deep, for x_t (b, 3, 32, 32)."""
