"""Features of one set of images, with what several metrics share computed once."""

from __future__ import annotations

from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

from tdot_core.errors import TdotError
from tdot_core.metrics.checks import Array, checked_features
from tdot_core.metrics.neighbours import Neighbourhoods, Search, nearest_squared
from tdot_core.metrics.pairs import Float64, Index
from tdot_core.metrics.statistics import Statistics, from_features


class Features:
    """Hold features (n, d), their Statistics, or both; everything derived is computed on first use and kept.

    The statistics may come from more images than the array holds: shipped references keep the statistics of a whole split
    and a sample of its features. Raises TdotError when both are missing or their widths differ.
    """

    def __init__(
        self,
        array: Any = None,
        statistics: Statistics | None = None,
        name: str = "given",
        search: Search | None = None,
    ) -> None:
        if array is None and statistics is None:
            raise TdotError("Features need an array, statistics or both; found neither.")
        self._array = None if array is None else checked_features(name, array)
        self._given, self._search = statistics, search
        self._nearest: WeakKeyDictionary[Features, tuple[Float64, Index]] = WeakKeyDictionary()
        if self._array is not None and statistics is not None and self._array.shape[1] != statistics.width:
            raise TdotError(
                f"Features of width {self._array.shape[1]} come with statistics of width {statistics.width}."
            )

    @property
    def array(self) -> Array:
        """Return the features (n, d); raises TdotError when only statistics are known."""
        if self._array is None:
            raise TdotError("Only mean and covariance of these images are known; this metric needs their features.")
        return self._array

    @property
    def n(self) -> int:
        """Return how many images the array holds; 0 when only statistics are known."""
        return 0 if self._array is None else len(self._array)

    @property
    def width(self) -> int:
        """Return d."""
        if self._given is not None:
            return self._given.width
        return int(self.array.shape[1])

    @cached_property
    def statistics(self) -> Statistics:
        """Return mean and covariance; raises TdotError with fewer than 2 images."""
        return self._given if self._given is not None else from_features(self.array)

    @cached_property
    def neighbourhoods(self) -> Neighbourhoods:
        """Return the balls around the features, shared by precision, recall, density and coverage."""
        return Neighbourhoods(self.array, self._search)

    def nearest(self, targets: Features) -> tuple[Float64, Index]:
        """Return the squared distance (n,) from each image to its nearest target and that target's row.

        Kept as long as both live, for every metric that asks. Raises TdotError when the widths differ.
        """
        if targets not in self._nearest:
            if self.width != targets.width:
                raise TdotError(f"Features of width {self.width} cannot be near features of width {targets.width}.")
            self._nearest[targets] = nearest_squared(self.array, targets.array)
        return self._nearest[targets]
