"""The adversarial prior."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from tdot_core.config import joined, setting
from tdot_core.maths.adversarial import LOSSES, NON_SATURATING, RELATIVISTIC, critic_loss, generator_loss
from tdot_core.models.dcgan import Critic, DeepCritic
from tdot_core.models.feature_critic import FeatureCritic
from tdot_core.models.seeded import seeded_init
from tdot_core.priors.base import IMAGE_SHAPE
from tdot_core.priors.generator_training import GENERATOR, Builders, GeneratorTraining
from tdot_core.priors.learned import NO_FEATURES, FrozenSettings, LearnedConfig, LearnedPrior

CRITIC, HEADS = "critic", "feature_critic"
CRITICS = {"dcgan": Critic, "sngan": DeepCritic}


@dataclass(frozen=True)
class GanSettings:
    """Settings of the critic; the defaults are the published configuration."""

    loss: str = setting(NON_SATURATING, "What critic and generator play for", choices=LOSSES)
    critic: str = setting(
        "dcgan",
        "dcgan: the generator's mirror, 4 layers; sngan: the 8 layers of SNGAN; both spectrally normalised",
        choices=tuple(CRITICS),
    )
    critic_lr: float = setting(0.0, "Adam's step size for the critic; 0: as for the generator", low=0.0, high=1e-1)


class GanTraining(GeneratorTraining):
    """Play generator against critic, one step each; a critic on frozen features adds its logit where features are named."""

    def __init__(
        self, config: Any, drawing: Builders, generator: torch.Generator, device: torch.device, lent: Any = None
    ) -> None:
        super().__init__(config, drawing, generator, device, lent)
        self.network = None if config.features == NO_FEATURES else self.frozen_network()
        if self.network is not None:
            with torch.no_grad():
                probe = self.network(torch.zeros((2, *IMAGE_SHAPE), device=device), torch.Generator().manual_seed(0))
            shapes = [(m.shape[1], m.shape[2], m.shape[3]) for m in probe]
            heads = seeded_init(lambda: FeatureCritic(shapes), generator).to(device).train()
            self.state.modules = {**self.state.modules, HEADS: heads}
            self.state.optimisers = {**self.state.optimisers, HEADS: self.optimiser(HEADS, heads)}

    @classmethod
    def parts(cls, config: Any) -> dict[str, nn.Module]:
        return {CRITIC: CRITICS[config.critic](config.width)}

    def begin(self, population: Iterable[Tensor]) -> None:
        heads = self.state.modules.get(HEADS)
        if self.network is not None and isinstance(heads, FeatureCritic):
            with torch.no_grad():
                heads.calibrate(self.network(next(iter(population)), self.generator))

    def optimiser(self, name: str, module: nn.Module) -> torch.optim.Optimizer:
        made = super().optimiser(name, module)
        if name != GENERATOR and self.config.critic_lr:
            for group in made.param_groups:
                group["lr"] = self.config.critic_lr
        return made

    def train_step(self, x_t: Tensor) -> dict[str, float]:
        critics = [name for name in self.state.optimisers if name != GENERATOR]
        loss, fake = self.config.loss, self.fake(len(x_t))
        of_critic = critic_loss(loss, self._judged(x_t), self._judged(fake.detach()))
        self.descend(of_critic, *critics)
        self._freeze(critics, True)
        judged = self._judged(fake)
        # Only the relativistic loss looks at real images again; a forward moves the critic's spectral norm.
        real = self._judged(x_t) if loss == RELATIVISTIC else judged.detach()
        of_generator = generator_loss(loss, real, judged)
        self.descend(of_generator, GENERATOR)
        self._freeze(critics, False)
        return {CRITIC: of_critic.item(), GENERATOR: of_generator.item()}

    def _judged(self, x: Tensor) -> Tensor:
        logits: Tensor = self.run(CRITIC, x)
        if self.network is None:
            return logits
        seen: Tensor = self.state.modules[HEADS](self.network(x, self.generator))
        weight: float = self.config.features_weight
        return logits + weight * seen

    def _freeze(self, names: list[str], frozen: bool) -> None:
        for name in names:
            self.state.modules[name].requires_grad_(not frozen)


class GanPrior(LearnedPrior):
    """Train generator against critic with the non-saturating loss, one step each; the hinge and relativistic losses by name.

    critic: E softplus(-D(x_t)) + E softplus(D(G(z))); generator: E softplus(-D(G(z))).
    With `features` a second critic looks at a frozen network's layers, and its logit is added (sauer2021).
    Sources: goodfellow2014, section 3; Radford 2016 (DCGAN); miyato2018; the idea of a GAN at x_{t*}: zheng2023tdpm, Eq. 8.
    """

    key = "gan"
    label = "GAN"
    summary = "A generator trained against a critic that tells noised real images from its own"
    formula = (
        r"\min_g\ \mathbb E\bigl[-\log D(g(z))\bigr],\qquad \min_D\ \mathbb E\bigl[-\log D(x_t) - "
        r"\log(1-D(g(z)))\bigr]"
    )
    explanation = (
        "A generator against a critic that tells noised real images from generated ones (non-saturating form)."
    )
    reference = "zheng2023tdpm"
    order = 4
    # Under the name that it had without settings of its own, which earlier runs are hashed with.
    Config = joined("LearnedConfig", LearnedConfig, GanSettings, FrozenSettings)
    Training = GanTraining
