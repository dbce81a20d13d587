"""The contract of a metric: a named, directed number from the features of real and fake images."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, Literal

from tdot_core.errors import TdotError
from tdot_core.metrics.checks import finite
from tdot_core.metrics.extras import NOTHING, Extras
from tdot_core.metrics.features import Features
from tdot_core.metrics.value import MetricValue

BETTER = {"lower": "lower is better", "higher": "higher is better", "zero": "closest to 0 is best"}


class Metric(ABC):
    """Measure fake features against real ones.

    key, label: its name in results and on screen. summary: what the number means, for a newcomer. formula: LaTeX, r and f
    real and fake features. direction: which way is better ("zero": the nearer to 0). reference: bibliography key, empty
    when this project's own; equation: where in it. needs: what it reads of `Features`; reads: which of `Extras`. smooth: it
    changes little with any one image, so that a jackknife is honest. order: place in tables.
    """

    key: ClassVar[str]
    label: ClassVar[str]
    summary: ClassVar[str]
    formula: ClassVar[str]
    direction: ClassVar[Literal["lower", "higher", "zero"]]
    reference: ClassVar[str]
    equation: ClassVar[str] = ""
    needs: ClassVar[Literal["statistics", "features"]]
    reads: ClassVar[tuple[Literal["heldout", "probabilities"], ...]] = ()
    smooth: ClassVar[bool] = False
    order: ClassVar[int] = 100

    def title(self, distance: str) -> str:
        """Return the name to show. distance: what the Fréchet distance is called on these features, FID-64 or FD-cnn."""
        return self.label

    @classmethod
    def badness(cls, value: float) -> float:
        """Return a number that is smaller for the better of two values, whatever the direction."""
        return {"lower": value, "higher": -value, "zero": abs(value)}[cls.direction]

    @classmethod
    def better(cls) -> str:
        """Return the direction in words, such as "lower is better"."""
        return BETTER[cls.direction]

    def measure(self, *, real: Features, fake: Features, extra: Extras = NOTHING) -> MetricValue:
        """Return the value on one sample set; what is undefined there comes back as not measured, with the reason."""
        n_real = real.n
        try:
            if self.needs == "statistics":
                n_real = real.statistics.n or 0
            if real.width != fake.width:
                raise TdotError(f"Real features have width {real.width} and fake ones {fake.width}.")
            value = finite(self.label, self.compute(real=real, fake=fake, extra=extra))
            return MetricValue(value, None, fake.n, n_real, note=self.note(real=real, fake=fake, extra=extra))
        except TdotError as error:
            return MetricValue(None, None, fake.n, n_real, note=str(error))

    @abstractmethod
    def compute(self, *, real: Features, fake: Features, extra: Extras) -> float:
        """Return the number; raises TdotError saying why when it is undefined."""

    def note(self, *, real: Features, fake: Features, extra: Extras) -> str:
        """Return what a reader must know about this value, or nothing."""
        return ""
