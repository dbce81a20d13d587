"""The contract of a prior: what draws the first sample of a truncated chain."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor

from tdot_core.errors import TdotError
from tdot_core.maths.schedule import NoiseSchedule
from tdot_core.models.fitting import ImageData
from tdot_core.models.trainable import Trainable
from tdot_core.progress import Progress

IMAGE_SHAPE = (3, 32, 32)


class Prior(Trainable):
    """Draw x_{t*}: `sample(seeds, t)` gives (n, 3, 32, 32) float32 on the CPU, image i a function of seeds[i] alone.

    formula: LaTeX of what is drawn, or of the objective that is minimised; explanation: what the formula leaves unsaid.
    any_t: x comes at any t asked for; otherwise always at `t_train`, and the sampling service lifts it.
    trainable: `fit` learns something worth saving. needs_data: sampling itself draws on images that `fit` was given.
    may_copy: its images can be copies of training images, so that screens show the nearest ones. order: place among the
    priors, which fixes its colour. stands: what it is for a comparison when its training looked through no trained network;
    a literal, since catalogues read it without importing torch.
    """

    formula: ClassVar[str]
    explanation: ClassVar[str]
    any_t: ClassVar[bool] = False
    trainable: ClassVar[bool] = True
    needs_data: ClassVar[bool] = False
    may_copy: ClassVar[bool] = False
    order: ClassVar[int] = 100
    stands: ClassVar[str] = ""

    def __init__(self, config: Any = None, device: torch.device | str = "cpu") -> None:
        super().__init__(config, device)
        self.schedule = NoiseSchedule(getattr(self.config, "schedule", "linear"))

    @property
    def t_train(self) -> int:
        """Return the step whose distribution the prior draws from; 0 for clean images. Meaningless when any_t."""
        return int(getattr(self.config, "t_train", 0))

    @property
    def nfe_prior(self) -> int:
        """Return how many forwards of its own network one image takes; 0 where it has none."""
        return 0

    def use_schedule(self, schedule: NoiseSchedule) -> None:
        """Adopt the denoiser's schedule; raises TdotError when the prior was trained under another one.

        Clean images and data moments (t_train = 0, any_t) fit every schedule.
        """
        own = getattr(self.config, "schedule", None)
        if own is not None and (difference := NoiseSchedule(own).differs_from(schedule)):
            raise TdotError(
                f"This {self.key} prior was trained under the {own} schedule, the denoiser under {schedule.name}: "
                f"their noise levels differ ({difference}). Choose a pair of one schedule."
            )
        self.schedule = schedule

    @abstractmethod
    def sample(self, seeds: Sequence[int], t: int) -> Tensor:
        """Return x at t (any_t) or at t_train, shape (len(seeds), 3, 32, 32); image i depends on seeds[i] alone."""

    def limit(self) -> int | None:
        """Return how many distinct images the prior can draw, or None when there is no limit."""
        return None

    def weights(self) -> dict[str, Tensor]:
        return {}

    def load_weights(self, tensors: Mapping[str, Tensor]) -> None:
        if tensors:
            raise TdotError(f"The {self.key} prior has no weights, found {len(tensors)} tensors.")

    def fit(
        self, data: ImageData, config: Any, generator: torch.Generator, resume: Mapping[str, Tensor] | None = None
    ) -> Iterator[Progress]:
        """Learn nothing: priors that are trained override this."""
        self.config = config
        return iter(())
