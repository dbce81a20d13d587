"""Ranks that say what is known: rows that no interval tells apart share a range of ranks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tdot_core.metrics import metrics as registered
from tdot_core.metrics.value import MetricValue
from tdot_core.services.results.error_split import ORACLE
from tdot_core.services.results.paired import LEVEL
from tdot_core.services.results.rows import UNRANKED, EvaluationRow

BLOCK = 512
"""Rows that are compared with all others at once: memory grows with it."""
MOST = 3000
"""Rows that are ranked: every one is compared with every other."""
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class RankRange:
    """The ranks a row can have: 1 + those measurably better, up to all but those measurably worse."""

    low: int
    high: int

    def __str__(self) -> str:
        return str(self.low) if self.low == self.high else f"{self.low}\N{EN DASH}{self.high}"


@dataclass(frozen=True)
class _Measured:
    """One ranked row. parts: values of its sets, or of the jackknife; factor: from their squared deviations to a variance."""

    value: float
    badness: float
    parts: tuple[float, ...]
    factor: float
    common: tuple[object, ...]


def rank_ranges(rows: Sequence[EvaluationRow], metric: str, level: float = LEVEL) -> list[RankRange | None]:
    """Return the range of ranks of each row by one metric among all of them, None for rows that have none.

    Rows of common seeds are compared by paired intervals (see `paired`); others by the same with independent errors and the
    smaller degrees of freedom, which is wider. Real images and the oracle are no contestants, nor is a prior judged by the network it was trained through, and a row without a spread
    cannot be told apart: neither is ranked, nor are rows of another number of images per set than most (a Fréchet distance
    depends on it), nor is anything among more than 3,000 rows. Each pair stands alone at this level.
    """
    measured = {i: found for i, row in enumerate(rows) if (found := _measured(row, metric)) is not None}
    ranges: list[RankRange | None] = [None] * len(rows)
    sizes = Counter(rows[i].n for i in measured)
    usual = max(sizes, key=lambda n: (sizes[n], n), default=0)
    measured = {i: found for i, found in measured.items() if rows[i].n == usual}
    entries = list(measured.values())
    if 1 < len(entries) <= MOST:
        for i, (better, worse) in zip(measured, _counts(entries, level), strict=True):
            ranges[i] = RankRange(1 + better, len(entries) - worse)
    return ranges


def _measured(row: EvaluationRow, metric: str) -> _Measured | None:
    value, cls = row.metrics.get(metric, MetricValue(None)), registered.all().get(metric)
    if (
        row.t_star is None
        or row.key == ORACLE
        or row.no_judge
        or metric in UNRANKED
        or cls is None
        or value.value is None
    ):
        return None
    parts, m = value.values or value.replicates, len(value.values or value.replicates)
    if m < 2:
        return None
    factor = 1 / (m - 1) / m if value.values else (m - 1) / m
    common = (*row.space.values(), *row.sample.values(), row.precision, m, bool(value.values))
    return _Measured(value.value, cls.badness(value.value), parts, factor, common)


def _counts(entries: Sequence[_Measured], level: float) -> Iterator[tuple[int, int]]:
    """Yield, entry by entry, how many others are measurably better and measurably worse."""
    m = max(len(entry.parts) for entry in entries)
    deviations = np.zeros((len(entries), m))
    for k, entry in enumerate(entries):
        deviations[k, : len(entry.parts)] = np.asarray(entry.parts) - np.mean(entry.parts)
    factor = np.array([entry.factor for entry in entries])
    squares = np.einsum("ij,ij->i", deviations, deviations)
    values, badness = (np.array([getattr(e, name) for e in entries]) for name in ("value", "badness"))
    kinds = list(dict.fromkeys(entry.common for entry in entries))
    kind = np.array([kinds.index(entry.common) for entry in entries])
    df = np.array([len(entry.parts) - 1 for entry in entries])
    reach = _quantiles(level, int(df.max()))
    for start in range(0, len(entries), BLOCK):
        block = slice(start, start + BLOCK)
        paired = kind[block, None] == kind[None]
        together = squares[block, None] + squares[None] - 2 * deviations[block] @ deviations.T
        apart = (factor * squares)[block, None] + (factor * squares)[None]
        variance = np.where(paired, factor[block, None] * np.maximum(together, 0), apart)
        far = np.abs(values[block, None] - values[None]) > reach[np.minimum(df[block, None], df[None])] * np.sqrt(
            variance
        )
        far &= values[block, None] != values[None]
        better = far & (badness[None] < badness[block, None])
        worse = far & (badness[None] > badness[block, None])
        yield from zip(better.sum(1).tolist(), worse.sum(1).tolist(), strict=True)


def _quantiles(level: float, most: int) -> Floats:
    """Return the two-sided quantiles of Student's distribution by degrees of freedom, infinity at 0."""
    from scipy.special import stdtrit

    return np.array([np.inf, *stdtrit(np.arange(1, most + 1), (1 + level) / 2)])
