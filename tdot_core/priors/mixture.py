"""The mixture prior: clean images as a mixture of Gaussians in the leading principal components, the rest one Gaussian."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from tdot_core.config import setting
from tdot_core.errors import TdotError
from tdot_core.maths.gaussian_mixture import Mixture, fit_mixture
from tdot_core.maths.streams import stream
from tdot_core.models.fitting import ImageData
from tdot_core.models.held_out import split_held_out
from tdot_core.models.moments import image_moments
from tdot_core.priors.base import IMAGE_SHAPE, Prior
from tdot_core.progress import Progress

BLOCK, CHUNK, D = 1000, 16, 3072
LEAST = 1e-6


@dataclass(frozen=True)
class MixtureConfig:
    """Settings of the mixture prior."""

    clusters: int = setting(48, "Gaussians in the mixture", low=1, high=1000)
    dimensions: int = setting(
        128, "Leading principal components that the mixture models; the rest is one Gaussian", low=1, high=1024
    )
    iterations: int = setting(12, "Iterations of expectation maximisation", low=1, high=1000)
    shrinkage: float = setting(
        2.0,
        "Images (per dimension) that look like all of them, added to every cluster's covariance",
        low=0.0,
        high=1000.0,
    )
    rest: int = setting(
        384, "Further components of the Gaussian rest; beyond them it is isotropic", low=0, high=D, advanced=True
    )
    flips: bool = setting(True, "Learn from mirror images as well")
    held_out: int = setting(
        1000,
        "Training images left out to measure the likelihood on, at most a tenth",
        low=0,
        high=10_000,
        advanced=True,
    )


class MixturePrior(Prior):
    """Draw x0 = mu + V y + R z: y from a mixture of full Gaussians on the leading components, R z the Gaussian of the rest.

    Principal components are uncorrelated with the leading ones, so for Gaussian data the rest is exactly its conditional
    distribution; of one cluster without shrinkage it is the gaussian prior at t = 0. Drawn at t_train = 0 and lifted.
    Sources: Dempster 1977 (EM); raya2023 and wang2023, Gaussian starts of the chain.
    """

    key = "mixture"
    label = "Mixture of Gaussians"
    summary = "Clean images from a mixture of Gaussians in the principal components that survive the noise"
    formula = (
        r"x_0 = \mu + V y + \text{rest},\qquad y \sim \sum_k \pi_k\,\mathcal N(m_k, S_k),\quad \max\ \sum_i \log "
        r"p(y_i)"
    )
    explanation = (
        "A mixture of Gaussians, fitted by expectation maximisation in the leading principal components; the rest "
        "is Gaussian."
    )
    reference = "wang2023"
    order = 8
    stands = "apart: mixture of Gaussians"
    Config = MixtureConfig

    def __init__(self, config: Any = None, device: torch.device | str = "cpu") -> None:
        super().__init__(config, device)
        self._tensors: dict[str, Tensor] = {}

    def fit(
        self, data: ImageData, config: Any, generator: torch.Generator, resume: Mapping[str, Tensor] | None = None
    ) -> Iterator[Progress]:
        """Find the components, then fit the mixture on their standardised coordinates; too short to resume, it begins anew."""
        self.config = config
        if len(data) < 2:
            raise TdotError(f"A covariance needs at least 2 images, found {len(data)}.")
        total = config.iterations + 1
        kept, left_out = split_held_out(len(data), config.held_out)
        self._describe(_mirrored(data) if config.flips else data)
        learn, test = self._coordinates(data, kept), self._coordinates(data, left_out)
        yield Progress(1, total, {}, "components")
        for k, mixture in enumerate(
            fit_mixture(learn, config.clusters, config.iterations, config.shrinkage, generator)
        ):
            self._keep(mixture)
            losses = {"log_likelihood": mixture.log_likelihood(learn)}
            if len(test):
                losses["held_out"] = mixture.log_likelihood(test)
            yield Progress(k + 2, total, losses, "expectation maximisation")

    def _describe(self, data: ImageData) -> None:
        mean, covariance = image_moments(data)
        import scipy.linalg  # here, because it takes a fifth of a second that listing the priors need not wait for

        m = min(self.config.dimensions + self.config.rest, D)
        found = scipy.linalg.eigh(covariance, subset_by_index=[D - m, D - 1], check_finite=False)
        values, vectors = (torch.from_numpy(np.ascontiguousarray(np.flip(part, -1))) for part in found)
        values = values.clamp(min=0)
        rest = max(float(np.trace(covariance)) - float(values.sum()), 0.0) / max(D - m, 1)
        self._tensors = {
            "mean": torch.from_numpy(mean).float(),
            "deviations": values.sqrt().float(),
            "vectors": vectors.float(),
            "remainder": torch.tensor([rest**0.5], dtype=torch.float32),
        }

    def _coordinates(self, data: ImageData, index: Tensor) -> Tensor:
        """Return the standardised leading coordinates (n, k) of the images and of their mirror images where asked for."""
        k, parts = self.config.dimensions, []
        for part in index.split(BLOCK):
            x = data.x0(part)
            for one in (x, x.flip(-1)) if self.config.flips else (x,):
                centred = one.flatten(1) - self._tensors["mean"]
                parts.append((centred @ self._tensors["vectors"][:, :k] / self._scale()).double())
        return torch.cat(parts) if parts else torch.empty((0, k), dtype=torch.float64)

    def _scale(self) -> Tensor:
        deviations = self._tensors["deviations"][: self.config.dimensions]
        return deviations.clamp(min=max(float(deviations.max()) * LEAST, LEAST))

    def _keep(self, mixture: Mixture) -> None:
        weights = mixture.log_weights.exp()
        self._tensors |= {
            "weights": weights.float(),
            "means": mixture.means.float(),
            "factors": mixture.factors.float(),
        }

    def weights(self) -> dict[str, Tensor]:
        return dict(self._tensors)

    def load_weights(self, tensors: Mapping[str, Tensor]) -> None:
        c, k, m = self.config.clusters, self.config.dimensions, min(self.config.dimensions + self.config.rest, D)
        expected = {
            "mean": (D,),
            "deviations": (m,),
            "vectors": (D, m),
            "remainder": (1,),
            "weights": (c,),
            "means": (c, k),
            "factors": (c, k, k),
        }
        found = {name: tuple(t.shape) for name, t in tensors.items()}
        if found != expected:
            raise TdotError(f"This mixture does not fit its settings: expected {expected}, found {found}.")
        if not all(bool(torch.isfinite(t).all()) for t in tensors.values()):
            raise TdotError("This mixture holds NaN or infinity; fit it again.")
        self._tensors = {name: t.float() for name, t in tensors.items()}

    def sample(self, seeds: Sequence[int], t: int) -> Tensor:
        if t != 0:
            raise TdotError(f"This mixture prior draws x at t = 0, asked for t = {t}.")
        if "weights" not in self._tensors:
            raise TdotError("This mixture prior has no weights yet: train it first, or load a run.")
        chunks = [self._sample_chunk(seeds[k : k + CHUNK]) for k in range(0, len(seeds), CHUNK)]
        return torch.cat(chunks) if chunks else torch.empty((0, *IMAGE_SHAPE))

    @torch.inference_mode()
    def _sample_chunk(self, seeds: Sequence[int]) -> Tensor:
        w, k = self._tensors, self.config.dimensions
        streams = [stream(seed, "z") for seed in seeds]
        edges = w["weights"].double().cumsum(0).numpy()
        cluster = [min(int(np.searchsorted(edges, s.random() * edges[-1], "right")), len(edges) - 1) for s in streams]
        z = torch.from_numpy(np.stack([s.standard_normal(D, dtype=np.float32) for s in streams]))
        # One by one and padded to a fixed size, so that an image's bytes depend on no neighbour.
        y = torch.stack([w["means"][j] + w["factors"][j] @ row[:k] for j, row in zip(cluster, z, strict=True)])
        z, y = (torch.cat([part, part[:1].expand(CHUNK - len(part), -1)]) for part in (z, y))
        rest, vectors = w["remainder"], w["vectors"]
        # White noise has the same law along the components: its own coordinates there are replaced.
        coordinates = torch.cat([y * self._scale(), z[:, k : len(w["deviations"])] * w["deviations"][k:]], dim=1)
        white = torch.from_numpy(np.stack([s.standard_normal(D, dtype=np.float32) for s in streams]))
        noise = torch.cat([white, white[:1].expand(CHUNK - len(white), -1)]) * rest
        x: Tensor = w["mean"] + noise + (coordinates - noise @ vectors) @ vectors.T
        return x[: len(seeds)].reshape(-1, *IMAGE_SHAPE)

    def preview(self, n: int) -> Tensor | None:
        return self.sample(range(n), 0) if "weights" in self._tensors else None


def _mirrored(data: ImageData) -> ImageData:
    return _WithMirrorImages(data.images)


class _WithMirrorImages(ImageData):
    """Give every image and, n places further, its mirror image."""

    def __len__(self) -> int:
        return 2 * super().__len__()

    def x0(self, index: Tensor) -> Tensor:
        n = super().__len__()
        x = super().x0(index % n)
        return torch.where((index >= n)[:, None, None, None], x.flip(-1), x)
