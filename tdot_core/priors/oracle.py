"""The oracle: noised real images, the ceiling for every prior."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from tdot_core.config import setting
from tdot_core.errors import TdotError
from tdot_core.maths.forward import add_noise
from tdot_core.maths.streams import normal, stream
from tdot_core.models.fitting import ImageData
from tdot_core.priors.base import IMAGE_SHAPE, Prior
from tdot_core.progress import Progress


@dataclass(frozen=True)
class OracleConfig:
    """Settings of the oracle."""

    split: str = setting("test", "Real images it noises; test keeps it honest against training statistics", choices=("test", "train"))
    schedule: str = setting("linear", "Noise schedule", choices=("linear", "cosine"))


class OraclePrior(Prior):
    """Draw x_t = sqrt(ab_t) x0 + sqrt(1 - ab_t) eps for real x0: what any prior could reach with this denoiser.

    Image of seed s: item permutation[s mod n] of one fixed permutation, noise from the stream (s, lift).
    """

    key = "oracle"
    label = "Oracle"
    summary = "Noised real images: the ceiling that any prior could reach with this denoiser"
    reference = "lyu2022esddpm"
    order = 6
    any_t = True
    trainable = False
    needs_data = True
    Config = OracleConfig

    _data: ImageData | None = None

    def fit(
        self, data: ImageData, config: Any, generator: torch.Generator, resume: Mapping[str, Tensor] | None = None
    ) -> Iterator[Progress]:
        """Keep data to draw from; nothing is learned."""
        self.config, self._data = config, data
        self._permutation = torch.from_numpy(stream(0, "index").permutation(len(data)))
        return iter(())

    def limit(self) -> int | None:
        return None if self._data is None else len(self._data)

    def sample(self, seeds: Sequence[int], t: int) -> Tensor:
        if self._data is None:
            raise TdotError("The oracle needs real images: import or download a data set first.")
        index = self._permutation[torch.tensor([seed % len(self._data) for seed in seeds], dtype=torch.int64)]
        return add_noise(self._data.x0(index), normal(seeds, "lift", IMAGE_SHAPE), t, self.schedule)
