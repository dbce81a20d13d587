"""One number with what it takes to judge it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class MetricValue:
    """Hold a metric's value, or None ("not measured") with the reason in `note`; never 0 for undefined.

    spread: standard error of the mean over independent sample sets, None for one set. n: fake images per set; n_real:
    real images; sets: how many independent sets. note: what a reader must know, such as an adapted subset size.
    values: the value on each set in the order of their seeds, so that two priors can be compared set by set;
    replicates: for one set, the value without one group of images after another, where the metric allows a jackknife.
    """

    value: float | None
    spread: float | None = None
    n: int = 0
    n_real: int = 0
    sets: int = 1
    note: str = ""
    values: tuple[float, ...] = ()
    replicates: tuple[float, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the fields as plain JSON values."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}


def aggregate(values: Sequence[MetricValue]) -> MetricValue:
    """Return the mean over independent sample sets and its standard error s / sqrt(m), s with m - 1 degrees of freedom.

    One set keeps spread None and its replicates. When any set is not measured, neither is the mean: averaging the others would favour the
    prior that failed.
    """
    if not values:
        return MetricValue(None, sets=0, note="No sample set was evaluated.")
    first, m = values[0], len(values)
    missing = [v for v in values if v.value is None]
    if missing:
        note = (
            missing[0].note if len(missing) == m else f"Not measured on {len(missing)} of {m} sets: {missing[0].note}"
        )
        return MetricValue(None, None, first.n, first.n_real, m, note)
    numbers = [float(v.value) for v in values if v.value is not None]
    mean = math.fsum(numbers) / m
    error = math.sqrt(math.fsum((x - mean) ** 2 for x in numbers) / (m - 1) / m) if m > 1 else None
    kept = first.replicates if m == 1 else ()
    return MetricValue(mean, error, min(v.n for v in values), first.n_real, m, first.note, tuple(numbers), kept)
