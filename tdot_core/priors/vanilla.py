"""The baseline: pure noise, whatever the truncation step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from tdot_core.maths.streams import normal
from tdot_core.priors.base import IMAGE_SHAPE, Prior


@dataclass(frozen=True)
class VanillaConfig:
    """The vanilla prior has no settings."""


class VanillaPrior(Prior):
    """Draw N(0, I) at any t*; at t* = T it is ordinary diffusion (ho2020, Algorithm 2), below it is simply wrong.

    The gap to q(x_{t*}), whose signal is sqrt(alpha_bar_t*), is what the other priors are there to close.
    """

    key = "vanilla"
    label = "Vanilla"
    summary = "Pure Gaussian noise at any step: the baseline, right only at t* = T"
    formula = r"x_{t^*} = z,\qquad z\sim\mathcal N(0, I)"
    explanation = "The ordinary diffusion's start, whatever t*."
    reference = "ho2020"
    order = 1
    any_t = True
    trainable = False
    Config = VanillaConfig

    def sample(self, seeds: Sequence[int], t: int) -> Tensor:
        return normal(seeds, "z", IMAGE_SHAPE)
