"""A mixture of Gaussians over latent codes, fitted after a training: where its decoder has been, instead of N(0, I)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from tdot_core.maths.gaussian_mixture import Mixture

NOTHING = -1e9


class LatentMixture(nn.Module):
    """Turn z ~ N(0, I) into mean_j + L_j z, component j drawn by its weight; N(0, I) itself until `take` gives a mixture.

    Buffers: log_weights (J,), means (J, k), factors (J, k, k), float32. Source: ghosh2020, section 5 (ex-post density).
    """

    log_weights: Tensor
    means: Tensor
    factors: Tensor

    def __init__(self, components: int, latent: int) -> None:
        super().__init__()
        self.register_buffer("log_weights", torch.full((components,), NOTHING).index_fill(0, torch.tensor([0]), 0.0))
        self.register_buffer("means", torch.zeros((components, latent)))
        self.register_buffer("factors", torch.eye(latent).expand(components, -1, -1).clone())

    @torch.no_grad()
    def take(self, mixture: Mixture) -> None:
        """Take the place of what it was; components that a smaller mixture lacks weigh nothing."""
        n = len(mixture.log_weights)
        self.log_weights.fill_(NOTHING)[:n] = mixture.log_weights.float()
        self.means[:n], self.factors[:n] = mixture.means.float(), mixture.factors.float()

    def forward(self, z: Tensor, u: Tensor) -> Tensor:
        """Return codes (b, k) from z (b, k) normal and u (b,) uniform in [0, 1), float64 on the CPU."""
        edges = self.log_weights.cpu().double().exp().cumsum(dim=0)
        j = torch.searchsorted(edges, u * edges[-1], right=True).clamp(max=len(edges) - 1).to(z.device)
        codes: Tensor = self.means[j] + (self.factors[j] @ z[:, :, None])[:, :, 0]
        return codes
