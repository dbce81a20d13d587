"""The Gaussian prior: the exact optimal-transport map from noise to the data's first two moments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from tdot_core.config import setting
from tdot_core.errors import TdotError
from tdot_core.maths.streams import normal
from tdot_core.models.fitting import ImageData
from tdot_core.priors.base import IMAGE_SHAPE, Prior
from tdot_core.progress import Progress

BLOCK = 2000
CHUNK = 16


@dataclass(frozen=True)
class GaussianConfig:
    """Settings of the Gaussian prior."""

    components: int = setting(3072, "Leading eigenpairs kept; the rest become an isotropic remainder", low=1, high=3072)


class GaussianPrior(Prior):
    """Draw mu_t + Sigma_t^(1/2) z with mu_t = sqrt(ab_t) mu_0 and Sigma_t = ab_t Sigma_0 + (1 - ab_t) I, at any t.

    The map from N(0, I) is the Bures-Wasserstein optimal one (peyre2019, Remark 2.31). With Sigma_0 = V diag(l) V^T the
    square root at every t is V diag(sqrt(ab_t l + 1 - ab_t)) V^T; beyond the kept components l is their mean remainder.
    """

    key = "gaussian"
    label = "Gaussian"
    summary = "A Gaussian with the data's mean and covariance, mapped from noise by optimal transport in closed form"
    formula = (
        r"x_t = \mu_t + \Sigma_t^{1/2} z,\qquad \mu_t = \sqrt{\bar\alpha_t}\,\mu_0,\quad \Sigma_t = "
        r"\bar\alpha_t\Sigma_0 + (1-\bar\alpha_t) I"
    )
    explanation = (
        "Mean and covariance of the data, at every t at once. From noise, this linear map is the optimal "
        "transport between the two Gaussians."
    )
    reference = "peyre2019"
    order = 2
    stands = "apart: closed form"
    any_t = True
    Config = GaussianConfig

    def __init__(self, config: Any = None, device: torch.device | str = "cpu") -> None:
        super().__init__(config, device)
        self._tensors: dict[str, Tensor] = {}

    def fit(
        self, data: ImageData, config: Any, generator: torch.Generator, resume: Mapping[str, Tensor] | None = None
    ) -> Iterator[Progress]:
        """Accumulate mean and covariance in float64 and decompose; closed form, so `resume` is not needed."""
        self.config = config
        n, d = len(data), 3 * 32 * 32
        if n < 2:
            raise TdotError(f"A covariance needs at least 2 images, found {n}.")
        total = -(-n // BLOCK) + 1
        shift = data.x0(torch.arange(min(BLOCK, n))).flatten(1).double().mean(0)
        first, second = torch.zeros(d, dtype=torch.float64), torch.zeros(d, d, dtype=torch.float64)
        for k in range(0, n, BLOCK):
            centred = data.x0(torch.arange(k, min(k + BLOCK, n))).flatten(1).double() - shift
            first += centred.sum(0)
            second += centred.T @ centred
            yield Progress(k // BLOCK + 1, total, {}, "moments")
        mean = first / n
        self._tensors = self._decompose(shift + mean, (second - n * torch.outer(mean, mean)) / (n - 1))
        yield Progress(total, total, {"explained": self._explained()}, "eigenpairs")

    def _decompose(self, mean: Tensor, covariance: Tensor) -> dict[str, Tensor]:
        k, d = self.config.components, len(mean)
        # Only the leading pairs are asked for: several times faster than all of them; the trace gives the rest.
        import scipy.linalg  # here, because it takes a fifth of a second that listing the priors need not wait for

        found = scipy.linalg.eigh(covariance.numpy(), subset_by_index=[d - k, d - 1], check_finite=False)
        values, vectors = (torch.from_numpy(part).flip(-1) for part in found)
        values = values.clamp(min=0)
        rest = (covariance.trace() - values.sum()).clamp(min=0)
        remainder = rest / max(d - k, 1)
        return {
            "mean": mean.float(),
            "eigenvalues": values.float(),
            "eigenvectors": vectors.float().contiguous(),
            "remainder": remainder.float().reshape(1),
        }

    def _explained(self) -> float:
        values, remainder = self._tensors["eigenvalues"].double(), float(self._tensors["remainder"])
        rest = remainder * (3072 - len(values))
        return float(values.sum() / (values.sum() + rest).clamp(min=1e-30))

    def weights(self) -> dict[str, Tensor]:
        return dict(self._tensors)

    def load_weights(self, tensors: Mapping[str, Tensor]) -> None:
        k, d = self.config.components, 3072
        expected = {"mean": (d,), "eigenvalues": (k,), "eigenvectors": (d, k), "remainder": (1,)}
        found = {name: tuple(t.shape) for name, t in tensors.items()}
        if found != expected:
            raise TdotError(f"These Gaussian moments do not fit their settings: expected {expected}, found {found}.")
        if not all(bool(torch.isfinite(t).all()) for t in tensors.values()):
            raise TdotError("These Gaussian moments hold NaN or infinity; fit them again.")
        self._tensors = {name: t.float() for name, t in tensors.items()}

    def sample(self, seeds: Sequence[int], t: int) -> Tensor:
        if not self._tensors:
            raise TdotError("This gaussian prior has no moments yet: fit it first, or load a run.")
        chunks = [self._sample_chunk(seeds[k : k + CHUNK], t) for k in range(0, len(seeds), CHUNK)]
        return torch.cat(chunks) if chunks else torch.empty((0, *IMAGE_SHAPE))

    @torch.inference_mode()
    def _sample_chunk(self, seeds: Sequence[int], t: int) -> Tensor:
        ab = float(self.schedule.alpha_bar[t])
        z = normal(seeds, "z", (3072,))
        # A fixed batch size keeps every image the same to the last bit, however many are asked for.
        z = torch.cat([z, z[:1].expand(CHUNK - len(z), -1)])
        vectors, values = self._tensors["eigenvectors"], self._tensors["eigenvalues"]
        rest = float((ab * self._tensors["remainder"] + 1 - ab).sqrt())
        scale = (ab * values + 1 - ab).sqrt() - rest
        x: Tensor = ab**0.5 * self._tensors["mean"] + rest * z + (z @ vectors * scale) @ vectors.T
        return x[: len(seeds)].reshape(-1, *IMAGE_SHAPE)

    def preview(self, n: int) -> Tensor | None:
        return self.sample(range(n), 0) if self._tensors else None
