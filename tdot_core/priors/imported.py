"""Images made by any other model, as a prior at t = 0."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from tdot_core.errors import TdotError
from tdot_core.maths.streams import stream
from tdot_core.models.fitting import ImageData
from tdot_core.priors.base import Prior
from tdot_core.progress import Progress


@dataclass(frozen=True)
class ImportedConfig:
    """The imported prior has no settings: its images are a data set."""


class ImportedPrior(Prior):
    """Draw clean images from a folder, zip or npz (t_train = 0); the lift makes them x_{t*} (lyu2022esddpm, section 3).

    Image of seed s: item permutation[s mod n] of one fixed permutation.
    """

    key = "imported"
    label = "Imported"
    summary = "Images made by any other model, noised to t*: compare your own generator"
    reference = "lyu2022esddpm"
    order = 7
    trainable = False
    needs_data = True
    Config = ImportedConfig

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
            raise TdotError("The imported prior needs images: import a folder, zip or npz first.")
        index = self._permutation[torch.tensor([seed % len(self._data) for seed in seeds], dtype=torch.int64)]
        return self._data.x0(index)
