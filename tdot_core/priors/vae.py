"""The variational prior."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from tdot_core.config import setting
from tdot_core.models.dcgan import Encoder
from tdot_core.priors.learned import LearnedConfig, LearnedPrior


@dataclass(frozen=True)
class VaeConfig(LearnedConfig):
    """Settings of the variational prior."""

    kl_weight: float = setting(1.0, "Weight of the KL term; 1 is the evidence lower bound", low=0.0, high=1000.0)


class VaePrior(LearnedPrior):
    """Maximise the evidence lower bound on x_t with a Gaussian decoder of variance 1 - alpha_bar_t.

    loss = (1/b) sum |x_t - G(z)|^2 / (2 (1 - ab_t)) + w KL(N(m, v) || N(0, I)), z = m + sqrt(v) eps; with injected noise
    the decoder's mean is sqrt(ab_t) G(z). Source: Kingma 2014, Eq. 10; VAE samples at x_{t*}: lyu2022esddpm.
    """

    key = "vae"
    label = "VAE"
    summary = "The decoder of a variational autoencoder of the noised data"
    reference = "lyu2022esddpm"
    order = 3
    Config = VaeConfig

    def parts(self) -> dict[str, nn.Module]:
        return {"encoder": Encoder(self.config.latent, self.config.width)}

    def train_step(self, x_t: Tensor, generator: torch.Generator) -> dict[str, float]:
        assert self.state is not None
        mean, log_variance = self.run("encoder", x_t)
        eps = torch.randn(mean.shape, generator=generator).to(self.device)
        decoded = self.run("generator", mean + (0.5 * log_variance).exp() * eps)
        if self.config.inject_noise:
            decoded = (1 - self.noise_variance) ** 0.5 * decoded
        reconstruction = (x_t - decoded).square().sum() / (2 * self.noise_variance * len(x_t))
        kl = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum() / len(x_t)
        optimisers = self.state.optimisers.values()
        for optimiser in optimisers:
            optimiser.zero_grad(set_to_none=True)
        (reconstruction + self.config.kl_weight * kl).backward()
        for optimiser in optimisers:
            optimiser.step()
        return {"reconstruction": reconstruction.item(), "kl": kl.item()}
