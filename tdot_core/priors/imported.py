"""Images made by any other model, as a prior at t = 0, or its own x_t."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tdot_core.config import setting
from tdot_core.errors import TdotError
from tdot_core.maths.schedule import NoiseSchedule
from tdot_core.models.fitting import ImageData
from tdot_core.priors.finite import FinitePrior


@dataclass(frozen=True)
class ImportedConfig:
    """Settings of the imported prior."""

    split: str = setting("train", "Part of the imported set to draw from", choices=("train", "test"))


class NoisedImages(ImageData):
    """Give another prior's own x_t, float32 (n, 3, 32, 32), as they are. t: their step; schedule: whose noise levels they have."""

    def __init__(self, x_t: NDArray[np.float32], t: int, schedule: str) -> None:
        super().__init__(x_t)
        self.t, self.schedule = t, schedule

    def x0(self, index: Tensor) -> Tensor:
        """Return x_t at index, float32 (b, 3, 32, 32)."""
        return torch.from_numpy(np.array(self.images[index.numpy()]))  # type: ignore[index]


class ImportedPrior(FinitePrior):
    """Draw clean images from a data set (t_train = 0), or x_t from a file; the lift makes them x_{t*} (lyu2022esddpm, section 3)."""

    key = "imported"
    label = "Imported"
    summary = "Images made by any other model, noised to t*: compare your own generator"
    formula = (
        r"x_t = \sqrt{\bar\alpha_t}\,x_0 + \sqrt{1-\bar\alpha_t}\,\varepsilon,\qquad x_0\sim\text{the images given}"
    )
    explanation = (
        "Lifted from t = 0, as the images of every prior are from its own step; a file of x_t is lifted from its own t."
    )
    reference = "lyu2022esddpm"
    order = 7
    Config = ImportedConfig

    @property
    def t_train(self) -> int:
        return self._data.t if isinstance(self._data, NoisedImages) else 0

    def use_schedule(self, schedule: NoiseSchedule) -> None:
        if isinstance(self._data, NoisedImages) and self.t_train:
            own = NoiseSchedule(self._data.schedule)
            if difference := own.differs_from(schedule):
                raise TdotError(
                    f"The imported x_t are of the {own.name} schedule, the denoiser of {schedule.name}: their noise levels "
                    f"differ ({difference}). Choose a denoiser of one schedule, or say theirs in the file ('schedule')."
                )
        super().use_schedule(schedule)

    def sample(self, seeds: Sequence[int], t: int) -> Tensor:
        return self.clean(seeds)
