"""The contract of a metric: a named, directed number from the features of real and fake images."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, Literal

from tdot_core.errors import TdotError
from tdot_core.metrics.checks import finite
from tdot_core.metrics.features import Features
from tdot_core.metrics.value import MetricValue


class Metric(ABC):
    """Measure fake features against real ones.

    key, label: its name in results and on screen. summary: what the number means, for a newcomer. direction: which way is
    better. reference: bibliography key, empty when this project's own. needs: what it reads of `Features`.
    order: place in tables.
    """

    key: ClassVar[str]
    label: ClassVar[str]
    summary: ClassVar[str]
    direction: ClassVar[Literal["lower", "higher"]]
    reference: ClassVar[str]
    needs: ClassVar[Literal["statistics", "features"]]
    order: ClassVar[int] = 100

    def title(self, extractor: str, layer: str) -> str:
        """Return the name to show for features of this extractor and layer."""
        return self.label

    def measure(self, *, real: Features, fake: Features) -> MetricValue:
        """Return the value on one sample set; what is undefined there comes back as not measured, with the reason."""
        n_real = real.n
        try:
            if self.needs == "statistics":
                n_real = real.statistics.n or 0
            if real.width != fake.width:
                raise TdotError(f"Real features have width {real.width} and fake ones {fake.width}.")
            value = finite(self.label, self.compute(real=real, fake=fake))
            return MetricValue(value, None, fake.n, n_real, note=self.note(real=real, fake=fake))
        except TdotError as error:
            return MetricValue(None, None, fake.n, n_real, note=str(error))

    @abstractmethod
    def compute(self, *, real: Features, fake: Features) -> float:
        """Return the number; raises TdotError saying why when it is undefined."""

    def note(self, *, real: Features, fake: Features) -> str:
        """Return what a reader must know about this value, or nothing."""
        return ""
