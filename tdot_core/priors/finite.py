"""What priors over a finite set of images share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from tdot_core.errors import TdotError
from tdot_core.maths.streams import stream
from tdot_core.models.fitting import ImageData
from tdot_core.priors.base import Prior
from tdot_core.progress import Progress


class FinitePrior(Prior):
    """Give the image with seed s the item permutation[s mod n] of one fixed permutation of n images."""

    trainable = False
    needs_data = True
    may_copy = True

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

    def items(self, seeds: Sequence[int]) -> Tensor:
        """Return the item number of each seed, shape (n,) int64; raises TdotError before `fit`."""
        if self._data is None:
            raise TdotError(f"The {self.key} prior draws from real files: import or download a data set first.")
        return self._permutation[torch.tensor([seed % len(self._data) for seed in seeds], dtype=torch.int64)]

    def clean(self, seeds: Sequence[int]) -> Tensor:
        """Return the clean image of each seed, (n, 3, 32, 32) in [-1, 1]."""
        items = self.items(seeds)
        assert self._data is not None
        return self._data.x0(items)
