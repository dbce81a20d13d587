"""The optimal-transport prior: a generator trained by a transport objective, with no critic."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from tdot_core.config import setting
from tdot_core.maths.objectives import objectives
from tdot_core.priors.learned import LearnedConfig, LearnedPrior


@dataclass(frozen=True)
class OtConfig(LearnedConfig):
    """Settings of the optimal-transport prior."""

    objective: str = setting("sliced", "What distance to the real batch is minimised", choices=tuple(objectives.all()))
    n_projections: int = setting(1000, "Directions drawn anew each step", low=1, high=100_000)


class OtPrior(LearnedPrior):
    """Minimise an optimal-transport distance between batches, L = SW2^2(x_t, generator(z)) by default.

    Source: deshpande2018, Eq. 6 and 7; the directions are redrawn each step.
    """

    key = "ot"
    label = "Optimal transport"
    summary = "A generator trained to be close to the noised data in (sliced) Wasserstein distance"
    reference = "deshpande2018"
    order = 5
    Config = OtConfig

    def parts(self) -> dict[str, nn.Module]:
        return {}

    def train_step(self, x_t: Tensor, generator: torch.Generator) -> dict[str, float]:
        assert self.state is not None
        objective = objectives.get(self.config.objective)()
        loss = objective(x_t, self.fake(len(x_t), generator), self.config.n_projections, generator)
        optimiser = self.state.optimisers["generator"]
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        return {"transport": loss.item()}
