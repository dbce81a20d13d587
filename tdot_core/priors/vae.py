"""The variational prior."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from tdot_core.config import setting
from tdot_core.errors import TdotError
from tdot_core.maths.gaussian_mixture import fit_mixture
from tdot_core.models.dcgan import Encoder
from tdot_core.models.device_noise import noise_like
from tdot_core.models.latent_mixture import LatentMixture
from tdot_core.models.texture import Texture
from tdot_core.priors.base import IMAGE_SHAPE
from tdot_core.priors.generator_training import GENERATOR, Builders, GeneratorTraining
from tdot_core.priors.learned import NO_FEATURES, FrozenSettings, LearnedConfig, LearnedPrior, white_noise

FIXED, TEXTURED = "fixed", "textured"
NORMAL, MIXTURE = "normal", "mixture"
ENCODER, TEXTURE, CODES = "encoder", "texture", "codes"
ITERATIONS, SHRINKAGE = 20, 1.0
PIXELS = float(np.prod(IMAGE_SHAPE))


@dataclass(frozen=True)
class VaeConfig(FrozenSettings, LearnedConfig):
    """Settings of the variational prior."""

    kl_weight: float = setting(1.0, "Weight of the KL term; 1 is the evidence lower bound", low=0.0, high=1000.0)
    decoder: str = setting(
        FIXED,
        "fixed: draws its mean, variance 1 - alpha_bar_t (published); textured: draws the noise around it too, as learned",
        choices=(FIXED, TEXTURED),
    )
    codes: str = setting(
        NORMAL,
        "normal: z from N(0, I); mixture: from Gaussians fitted, after the last step, to the codes of the training images",
        choices=(NORMAL, MIXTURE),
        before=NORMAL,
    )
    clusters: int = setting(
        10, "Gaussians of that mixture; each keeps latent x latent numbers", low=1, high=256, advanced=True, before=10
    )


class VaeTraining(GeneratorTraining):
    """Maximise the evidence lower bound with an encoder beside the decoder, in pixels and, where named, in frozen features."""

    def __init__(
        self, config: Any, drawing: Builders, generator: torch.Generator, device: torch.device, lent: Any = None
    ) -> None:
        if config.decoder == FIXED and config.t_train == 0:
            raise TdotError(
                "At t_train 0 there is no noise whose variance the decoder could have; choose decoder textured."
            )
        super().__init__(config, drawing, generator, device, lent)
        self.network = None if config.features == NO_FEATURES else self.frozen_network()

    @classmethod
    def parts(cls, config: Any) -> dict[str, nn.Module]:
        return {ENCODER: Encoder(config.latent, config.width)}

    def train_step(self, x_t: Tensor) -> dict[str, float]:
        mean, log_variance = self.run(ENCODER, x_t)
        eps = noise_like(mean, self.generator)
        z = mean + (0.5 * log_variance).exp() * eps
        decoded = self.run(GENERATOR, z)
        if self.config.inject_noise:
            decoded = (1 - self.noise_variance) ** 0.5 * decoded
        reconstruction = self._reconstruction(x_t - decoded, z)
        kl = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum() / len(x_t)
        losses = {"reconstruction": reconstruction, "kl": self.config.kl_weight * kl}
        if self.network is not None:
            losses["features"] = self.config.features_weight * self._seen(x_t, decoded)
        self.descend(torch.stack(list(losses.values())).sum(), *self.state.optimisers)
        return {name: loss.item() for name, loss in {**losses, "kl": kl}.items()}

    def _seen(self, x_t: Tensor, decoded: Tensor) -> Tensor:
        """Return 3072 / 2 times the mean over layers of |phi(x_t) - phi(decoded)|^2 / Var phi(x_t), under the same lifting noise."""
        assert self.network is not None
        seed = int(torch.randint(2**31, (1,), generator=self.generator))
        with torch.no_grad():
            real = self.network(x_t, torch.Generator().manual_seed(seed))
        fake = self.network(decoded, torch.Generator().manual_seed(seed))
        shares = [(a - b).square().mean() / a.var().clamp(min=1e-12) for a, b in zip(real, fake, strict=True)]
        return PIXELS / 2 * torch.stack(shares).mean()

    @torch.no_grad()
    def finish(self, population: Iterable[Tensor]) -> None:
        codes = self.state.modules.get(CODES)
        if not isinstance(codes, LatentMixture):
            return
        encoder, found = self.state.modules[ENCODER].eval(), []
        # Apart from the training's, so that one that is trained further goes on as if it had not ended here.
        own = torch.Generator().manual_seed(self.generator.initial_seed())
        for x_t in population:
            mean, log_variance = self.run(ENCODER, x_t)
            found.append((mean + (0.5 * log_variance).exp() * noise_like(mean, own)).cpu().double())
        encoder.train()
        z = torch.cat(found)
        for mixture in fit_mixture(z, min(self.config.clusters, len(z)), ITERATIONS, SHRINKAGE, own):
            codes.take(mixture)

    def _reconstruction(self, residual: Tensor, z: Tensor) -> Tensor:
        """Return -log p(x_t | z) per image, up to a constant."""
        if self.config.decoder == FIXED:
            fixed: Tensor = residual.square().sum() / (2 * self.noise_variance * len(residual))
            return fixed
        log_scale = self.run(TEXTURE, z)
        normalised = residual * (-log_scale).exp()
        texture = self.state.modules[TEXTURE]
        assert isinstance(texture, Texture)
        texture.observe(normalised.detach())
        learned: Tensor = (0.5 * normalised.square() + log_scale).sum() / len(residual)
        return learned


class VaePrior(LearnedPrior):
    """Maximise the evidence lower bound on x_t with a Gaussian decoder of variance 1 - alpha_bar_t.

    loss = (1/b) sum |x_t - G(z)|^2 / (2 (1 - ab_t)) + w KL(N(m, v) || N(0, I)), z = m + sqrt(v) eps; with injected noise
    the decoder's mean is sqrt(ab_t) G(z). decoder "textured": the variance s(z)^2 is learned per pixel, the loss becomes
    (1/b) sum (x_t - G(z))^2 / (2 s^2) + log s, and sampling adds s(z) times noise coloured like the residuals.
    codes "mixture": z is drawn from Gaussians fitted to draws of q(z | x_t) once the training is over (ghosh2020, section 5).
    `features`: the decoded mean is compared in a frozen network's layers too, 3072 / 2 times the mean share of variance missed.
    Source: Kingma 2014, Eq. 10 and appendix C.2; VAE samples at x_{t*}: lyu2022esddpm.
    """

    key = "vae"
    label = "VAE"
    summary = "The decoder of a variational autoencoder of the noised data"
    formula = (
        r"\min\ \frac{\lVert x_t - g(z)\rVert^2}{2(1-\bar\alpha_t)} + w\,\mathrm{KL}\bigl(q(z\mid "
        r"x_t)\,\Vert\,\mathcal N(0,I)\bigr)"
    )
    explanation = "A decoder whose variance is the known noise, and an encoder that is needed for training only."
    reference = "lyu2022esddpm"
    order = 3
    Config = VaeConfig
    Training = VaeTraining

    def drawing_parts(self) -> dict[str, Callable[[], nn.Module]]:
        parts = super().drawing_parts()
        if self.config.decoder == TEXTURED:
            # How strong the noise is varies more smoothly than the image does.
            parts[TEXTURE] = lambda: Texture(self.config.latent, self.config.width // 2)
        if self.config.codes == MIXTURE:
            parts[CODES] = lambda: LatentMixture(self.config.clusters, self.config.latent)
        return parts

    @property
    def adds_noise(self) -> bool:
        """A textured decoder has learned the noise around its mean, the known one included."""
        return self.config.decoder == FIXED and super().adds_noise

    def draw(self, nets: dict[str, nn.Module], z: Tensor, streams: Sequence[np.random.Generator]) -> Tensor:
        if self.config.codes == MIXTURE:
            u = torch.zeros(len(z), dtype=torch.float64)
            u[: len(streams)] = torch.tensor([one.random() for one in streams], dtype=torch.float64)
            z = nets[CODES](z, u)
        mean = super().draw(nets, z, streams)
        if self.config.decoder == FIXED:
            return mean
        if self.config.inject_noise:
            mean = float(self.schedule.alpha_bar[self.t_train]) ** 0.5 * mean
        texture = nets[TEXTURE]
        assert isinstance(texture, Texture)
        white = white_noise(streams).to(self.device)
        # One by one, so that an image's bytes depend on no neighbour.
        noise = torch.cat([texture.colour(one) for one in white.split(1)])
        spread: Tensor = texture(z)[: len(streams)].exp() * noise
        return mean[: len(streams)] + spread.float().cpu()
