"""The adversarial prior."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tdot_core.models.dcgan import Critic
from tdot_core.priors.learned import LearnedConfig, LearnedPrior


class GanPrior(LearnedPrior):
    """Train generator against critic with the non-saturating loss.

    critic: E softplus(-D(x_t)) + E softplus(D(G(z))); generator: E softplus(-D(G(z))), one step each.
    Sources: Goodfellow 2014, section 3; Radford 2016 (DCGAN); the idea of a GAN at x_{t*}: zheng2023tdpm, Eq. 8.
    """

    key = "gan"
    label = "GAN"
    summary = "A generator trained against a critic that tells noised real images from its own"
    reference = "zheng2023tdpm"
    order = 4
    Config = LearnedConfig

    def parts(self) -> dict[str, nn.Module]:
        return {"critic": Critic(self.config.width)}

    def train_step(self, x_t: Tensor, generator: torch.Generator) -> dict[str, float]:
        assert self.state is not None
        critic = self.state.modules["critic"]
        fake = self.fake(len(x_t), generator)
        critic_loss = F.softplus(-self.run("critic", x_t)).mean() + F.softplus(self.run("critic", fake.detach())).mean()
        self._step("critic", critic_loss)
        critic.requires_grad_(False)
        generator_loss = F.softplus(-self.run("critic", fake)).mean()
        self._step("generator", generator_loss)
        critic.requires_grad_(True)
        return {"critic": critic_loss.item(), "generator": generator_loss.item()}

    def _step(self, name: str, loss: Tensor) -> None:
        assert self.state is not None
        optimiser = self.state.optimisers[name]
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
