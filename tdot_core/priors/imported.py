"""Images made by any other model, as a prior at t = 0."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from tdot_core.config import setting
from tdot_core.priors.finite import FinitePrior


@dataclass(frozen=True)
class ImportedConfig:
    """Settings of the imported prior."""

    split: str = setting("train", "Part of the imported set to draw from", choices=("train", "test"))


class ImportedPrior(FinitePrior):
    """Draw clean images from a folder, zip or npz (t_train = 0); the lift makes them x_{t*} (lyu2022esddpm, section 3)."""

    key = "imported"
    label = "Imported"
    summary = "Images made by any other model, noised to t*: compare your own generator"
    reference = "lyu2022esddpm"
    order = 7
    Config = ImportedConfig

    def sample(self, seeds: Sequence[int], t: int) -> Tensor:
        return self.clean(seeds)
