"""The closed-form denoiser as something that is fitted, kept and loaded like a trained one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from tdot_core.config import setting
from tdot_core.maths.schedule import NoiseSchedule
from tdot_core.models.fitting import ImageData
from tdot_core.models.moments import image_moments
from tdot_core.models.trainable import Trainable
from tdot_core.models.weights import load_module
from tdot_core.models.wiener import WienerDenoiser, WienerFilter
from tdot_core.progress import Progress


@dataclass(frozen=True)
class WienerConfig:
    """Settings of the closed-form denoiser."""

    components: int = setting(
        128, "Principal components kept; the rest by colour axis and cosine frequency", low=0, high=3072
    )
    schedule: str = setting("linear", "Noise schedule", choices=("linear", "cosine"))


class WienerTraining(Trainable):
    """Fit the best linear denoiser of a data set in closed form: nothing but its mean and covariance (wiener1949)."""

    key = "wiener"
    label = "Wiener filter"
    summary = "The best linear denoiser, in closed form: what every trained one must beat"
    reference = "wiener1949"
    Config = WienerConfig

    net: WienerDenoiser | None = None

    def fit(
        self, data: ImageData, config: Any, generator: torch.Generator, resume: Mapping[str, Tensor] | None = None
    ) -> Iterator[Progress]:
        """Take the moments and decompose them; closed form, so `resume` is not needed."""
        self.config = config
        net = self._build()
        net.wiener.describe(*image_moments(data))
        self.net = net.to(self.device).eval()
        yield Progress(1, 1, {}, "moments")

    def _build(self) -> WienerDenoiser:
        return WienerDenoiser(WienerFilter(NoiseSchedule(self.config.schedule), self.config.components))

    def networks(self) -> list[nn.Module]:
        return [self._build()]

    def weights(self) -> dict[str, Tensor]:
        return {} if self.net is None else dict(self.net.state_dict())

    def load_weights(self, tensors: Mapping[str, Tensor]) -> None:
        self.net = load_module(self._build, tensors, self.device)
