"""The variational prior."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from tdot_core.config import setting
from tdot_core.models.dcgan import Encoder
from tdot_core.models.device_noise import noise_like
from tdot_core.models.texture import Texture
from tdot_core.priors.learned import GENERATOR, LearnedConfig, LearnedPrior, white_noise

FIXED, TEXTURED, TEXTURE = "fixed", "textured", "texture"


@dataclass(frozen=True)
class VaeConfig(LearnedConfig):
    """Settings of the variational prior."""

    kl_weight: float = setting(1.0, "Weight of the KL term; 1 is the evidence lower bound", low=0.0, high=1000.0)
    decoder: str = setting(
        FIXED,
        "fixed: draws its mean, variance 1 - alpha_bar_t (published); textured: draws the noise around it too, as learned",
        choices=(FIXED, TEXTURED),
    )


class VaePrior(LearnedPrior):
    """Maximise the evidence lower bound on x_t with a Gaussian decoder of variance 1 - alpha_bar_t.

    loss = (1/b) sum |x_t - G(z)|^2 / (2 (1 - ab_t)) + w KL(N(m, v) || N(0, I)), z = m + sqrt(v) eps; with injected noise
    the decoder's mean is sqrt(ab_t) G(z). decoder "textured": the variance s(z)^2 is learned per pixel, the loss becomes
    (1/b) sum (x_t - G(z))^2 / (2 s^2) + log s, and sampling adds s(z) times noise coloured like the residuals.
    Source: Kingma 2014, Eq. 10 and appendix C.2; VAE samples at x_{t*}: lyu2022esddpm.
    """

    key = "vae"
    label = "VAE"
    summary = "The decoder of a variational autoencoder of the noised data"
    reference = "lyu2022esddpm"
    order = 3
    Config = VaeConfig

    def drawing_parts(self) -> dict[str, Callable[[], nn.Module]]:
        parts = super().drawing_parts()
        if self.config.decoder == TEXTURED:
            # How strong the noise is varies more smoothly than the image does.
            parts[TEXTURE] = lambda: Texture(self.config.latent, self.config.width // 2)
        return parts

    def parts(self) -> dict[str, nn.Module]:
        return {"encoder": Encoder(self.config.latent, self.config.width)}

    def train_step(self, x_t: Tensor, generator: torch.Generator) -> dict[str, float]:
        assert self.state is not None
        mean, log_variance = self.run("encoder", x_t)
        eps = noise_like(mean, generator)
        z = mean + (0.5 * log_variance).exp() * eps
        decoded = self.run(GENERATOR, z)
        if self.config.inject_noise:
            decoded = (1 - self.noise_variance) ** 0.5 * decoded
        reconstruction = self._reconstruction(x_t - decoded, z)
        kl = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum() / len(x_t)
        optimisers = self.state.optimisers.values()
        for optimiser in optimisers:
            optimiser.zero_grad(set_to_none=True)
        (reconstruction + self.config.kl_weight * kl).backward()
        for optimiser in optimisers:
            optimiser.step()
        return {"reconstruction": reconstruction.item(), "kl": kl.item()}

    def _reconstruction(self, residual: Tensor, z: Tensor) -> Tensor:
        """Return -log p(x_t | z) per image, up to a constant."""
        if self.config.decoder == FIXED:
            fixed: Tensor = residual.square().sum() / (2 * self.noise_variance * len(residual))
            return fixed
        assert self.state is not None
        log_scale = self.run(TEXTURE, z)
        normalised = residual * (-log_scale).exp()
        texture = self.state.modules[TEXTURE]
        assert isinstance(texture, Texture)
        texture.observe(normalised.detach())
        learned: Tensor = (0.5 * normalised.square() + log_scale).sum() / len(residual)
        return learned

    def draw(self, nets: dict[str, nn.Module], z: Tensor, streams: Sequence[np.random.Generator]) -> Tensor:
        mean = super().draw(nets, z, streams)
        if self.config.decoder == FIXED:
            return mean
        texture = nets[TEXTURE]
        assert isinstance(texture, Texture)
        white = white_noise(streams).to(self.device)
        # One by one, so that an image's bytes depend on no neighbour.
        noise = torch.cat([texture.colour(one) for one in white.split(1)])
        spread: Tensor = texture(z)[: len(streams)].exp() * noise
        return mean[: len(streams)] + spread.float().cpu()
