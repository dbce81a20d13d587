"""The optimal-transport prior: a generator trained by a transport objective, with no critic."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

import torch
from torch import Tensor, nn

from tdot_core.config import joined, setting
from tdot_core.maths.objectives import Objective, objectives
from tdot_core.models.features import feature_networks
from tdot_core.priors.base import IMAGE_SHAPE
from tdot_core.priors.generator_training import GENERATOR, Builders, GeneratorTraining
from tdot_core.priors.learned import FEATURES_RUN_HELP, LearnedConfig, LearnedPrior


@dataclass(frozen=True)
class TransportConfig(LearnedConfig):
    """Settings of the optimal-transport prior that every objective shares."""

    objective: str = setting("sliced", "What distance to the real batch is minimised", choices=tuple(objectives.all()))
    n_projections: int = setting(1000, "Directions drawn anew each step", low=1, high=100_000)
    features: str = setting(
        "random-conv",
        "Network whose layers feature-sliced and feature-moments compare: denoiser; cifar-cnn or efficientnet-lite0, which saw labels; random-conv learned nothing",
        choices=tuple(feature_networks.all()),
        before="random-conv",
    )
    features_run: str = setting("", FEATURES_RUN_HELP, advanced=True, before="")


def chosen_objective(config: Any) -> Objective:
    """Build the objective that a config names, with its own settings from there."""
    cls = objectives.get(config.objective)
    return cls(cls.Settings(**{f.name: getattr(config, f.name) for f in fields(cls.Settings)}))


class OtTraining(GeneratorTraining):
    """Take one step down the objective that the config names."""

    def __init__(
        self, config: Any, drawing: Builders, generator: torch.Generator, device: torch.device, lent: Any = None
    ) -> None:
        super().__init__(config, drawing, generator, device, lent)
        self.objective = objective = chosen_objective(config)
        if objective.needs_network:
            objective.network = self.frozen_network()
            objective.attach(IMAGE_SHAPE, device)
        if objective.memory is not None:
            self.state.modules = {**self.state.modules, "objective": objective.memory}

    @classmethod
    def parts(cls, config: Any) -> dict[str, nn.Module]:
        return {}

    def begin(self, population: Iterable[Tensor]) -> None:
        self.objective.begin(population, self.generator)

    def train_step(self, x_t: Tensor) -> dict[str, float]:
        loss = self.objective(x_t, self.fake(len(x_t)), self.config.n_projections, self.generator)
        self.descend(loss, GENERATOR)
        return {"transport": loss.item()}


class OtPrior(LearnedPrior):
    """Minimise an optimal-transport distance between batches, L = SW2^2(x_t, generator(z)) by default.

    Source: deshpande2018, Eq. 6 and 7; the directions are redrawn each step.
    """

    key = "ot"
    label = "Optimal transport"
    summary = "A generator trained to be close to the noised data in (sliced) Wasserstein distance"
    formula = (
        r"\mathcal L = \frac1K\sum_k \frac1N\sum_i \bigl(\operatorname{sort}\langle x_i,\theta_k\rangle - "
        r"\operatorname{sort}\langle g(z_i),\theta_k\rangle\bigr)^2"
    )
    explanation = (
        "The sliced Wasserstein distance: along a direction, optimal transport is sorting. K directions, uniform "
        "on the sphere, are drawn anew at every step; there is no critic."
    )
    reference = "deshpande2018"
    order = 5
    Config = joined("OtConfig", TransportConfig, *(cls.Settings for cls in objectives.all().values()))
    Training = OtTraining

    @classmethod
    def looks_through(cls, config: Any) -> str:
        return str(config.features) if objectives.get(config.objective).needs_network else ""
