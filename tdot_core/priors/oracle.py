"""The oracle: noised real images, the ceiling for every prior."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from tdot_core.config import setting
from tdot_core.maths.forward import add_noise
from tdot_core.maths.streams import normal
from tdot_core.priors.base import IMAGE_SHAPE
from tdot_core.priors.finite import FinitePrior


@dataclass(frozen=True)
class OracleConfig:
    """Settings of the oracle."""

    split: str = setting(
        "test", "Real images it noises; test keeps it honest against training statistics", choices=("test", "train")
    )


class OraclePrior(FinitePrior):
    """Draw x_t = sqrt(ab_t) x0 + sqrt(1 - ab_t) eps for real x0: what any prior could reach with this denoiser.

    eps comes from the stream (seed, lift), the noise that lifts the other priors too.
    """

    key = "oracle"
    label = "Oracle"
    summary = "Noised real images: the ceiling that any prior could reach with this denoiser"
    formula = r"x_t = \sqrt{\bar\alpha_t}\,x_0 + \sqrt{1-\bar\alpha_t}\,\varepsilon,\qquad x_0\sim\text{test images}"
    explanation = "The forward process itself, from images that no prior was trained on."
    reference = "lyu2022esddpm"
    order = 6
    any_t = True
    Config = OracleConfig

    def sample(self, seeds: Sequence[int], t: int) -> Tensor:
        return add_noise(self.clean(seeds), normal(seeds, "lift", IMAGE_SHAPE), t, self.schedule)
