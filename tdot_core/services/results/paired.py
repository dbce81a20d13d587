"""Comparing two rows from common seeds: the difference of a metric, and an interval that says whether it is one."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tdot_core.metrics import metrics as registered
from tdot_core.metrics.value import MetricValue
from tdot_core.services.results.rows import UNRANKED, EvaluationRow

LEVEL = 0.95
BY_SETS, BY_JACKKNIFE = "paired t over sets", "jackknife over groups of images"
READ = (
    "Differences are first minus second, from the same image seeds, with {level:.0%} intervals. Each interval stands alone: of "
    "twenty true equalities about one excludes zero by chance."
)


@dataclass(frozen=True)
class Paired:
    """The difference first - second of one metric.

    better: "first" or "second", whose value is the better one, "" when they are
    equal, not measured, or when the metric ranks nothing. low, high: the
    interval of the difference, None without one, and `note` says why; method: how it was made; count: sets, or groups of
    images for the jackknife.
    """

    metric: str
    title: str
    first: float | None
    second: float | None
    better: str = ""
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    method: str = ""
    count: int = 0
    note: str = ""

    @property
    def measurable(self) -> bool | None:
        """Return whether the interval leaves out zero; None without an interval."""
        return None if self.low is None or self.high is None else not self.low <= 0 <= self.high

    def verdict(self, first: str, second: str) -> str:
        """Return what the interval says, as a sentence with the two names."""
        if self.measurable is None:
            return self.note
        if not self.measurable or self.difference == 0:
            return "No measurable difference."
        if not self.better:
            return "A measurable difference."
        return f"{first if self.better == 'first' else second} is better."

    def to_json(self) -> dict[str, Any]:
        """Return the fields and `measurable` as plain JSON values."""
        return {**vars(self), "measurable": self.measurable}


def interval(difference: float, error: float, df: int, level: float = LEVEL) -> tuple[float, float]:
    """Return difference -+ t error, t the quantile of Student's distribution with df degrees of freedom."""
    from scipy.special import stdtrit

    reach = float(stdtrit(df, (1 + level) / 2)) * error
    return difference - reach, difference + reach


def paired_t(first: Sequence[float], second: Sequence[float], level: float = LEVEL) -> tuple[float, float, float]:
    """Return (mean, low, high) of the paired t interval on first - second, m >= 2 pairs (Student 1908)."""
    differences = [a - b for a, b in zip(first, second, strict=True)]
    m = len(differences)
    mean = math.fsum(differences) / m
    error = math.sqrt(math.fsum((d - mean) ** 2 for d in differences) / (m - 1) / m)
    return (mean, *interval(mean, error, m - 1, level))


def jackknife(difference: float, replicates: Sequence[float], level: float = LEVEL) -> tuple[float, float, float]:
    """Return (difference, low, high) from g values that each leave one group of images out.

    The variance is (g - 1) / g sum (r_i - mean r)^2 (Efron and Stein 1981, Eq. 1.4); honest for smooth functions of the
    images, so metrics must allow it.
    """
    g = len(replicates)
    mean = math.fsum(replicates) / g
    error = math.sqrt((g - 1) / g * math.fsum((r - mean) ** 2 for r in replicates))
    return (difference, *interval(difference, error, g - 1, level))


def compare_metric(key: str, first: EvaluationRow, second: EvaluationRow, level: float = LEVEL) -> Paired:
    """Compare one metric of two rows; without an interval the result says why."""
    a, b = first.metrics.get(key, MetricValue(None)), second.metrics.get(key, MetricValue(None))
    facts: dict[str, Any] = {"metric": key, "title": first.title(key), "first": a.value, "second": b.value}
    if a.value is None or b.value is None:
        return Paired(**facts, note=f"Not measured. {a.note if a.value is None else b.note}".strip())
    facts |= {"difference": a.value - b.value, "better": _better(key, a.value, b.value)}
    if why := not_paired(first, second):
        return Paired(**facts, note=why)
    if len(a.values) == len(b.values) >= 2:
        found = paired_t(a.values, b.values, level)
        note = "Two sets make a very wide interval; take three or more." if len(a.values) == 2 else ""
        return _with_interval(facts, found, BY_SETS, len(a.values), note)
    if len(a.replicates) == len(b.replicates) >= 2:
        without = [x - y for x, y in zip(a.replicates, b.replicates, strict=True)]
        found = jackknife(a.value - b.value, without, level)
        return _with_interval(
            facts, found, BY_JACKKNIFE, len(without), "One set only: spread over images, not over sets."
        )
    if first.sets > 1:
        return Paired(**facts, note="The values of single sets were not kept when this was measured; evaluate again.")
    return Paired(**facts, note="One set gives no interval; take --sets 3 or more.")


def _better(key: str, first: float, second: float) -> str:
    cls = registered.all().get(key)
    if cls is None or key in UNRANKED or cls.badness(first) == cls.badness(second):
        return ""
    return "first" if cls.badness(first) < cls.badness(second) else "second"


def _with_interval(
    facts: dict[str, Any], found: tuple[float, float, float], method: str, count: int, note: str
) -> Paired:
    difference, low, high = found
    return Paired(**{**facts, "difference": difference}, low=low, high=high, method=method, count=count, note=note)


def not_paired(first: EvaluationRow, second: EvaluationRow) -> str:
    """Return why two rows do not come from common seeds against one reference, as a sentence; "" when they do."""
    if first.t_star is None or second.t_star is None:
        return "Only rows drawn from seeds can be paired; these images have none."
    # Two chains of one prior may be compared, but by the same measure, on the same seeds and in the same arithmetic.
    mine, others = ({**row.space, **row.sample, "precision": row.precision} for row in (first, second))
    for name, value in mine.items():
        if others[name] != value:
            found = f"{value} and {others[name]}"
            return f"Not paired: {name} differs ({found}). Evaluate both with the same settings."
    return ""


def compare_rows(first: EvaluationRow, second: EvaluationRow, level: float = LEVEL) -> list[Paired]:
    """Compare two rows by every metric that both have."""
    return [compare_metric(key, first, second, level) for key in first.metrics if key in second.metrics]


def pairs(rows: Sequence[EvaluationRow], first: str, second: str) -> Iterator[tuple[EvaluationRow, EvaluationRow]]:
    """Yield the pairs of rows of two priors (key, run id or label) that agree in everything else."""
    others = [row for row in rows if is_named(row, second)]
    for row in rows:
        other = next((one for one in others if one.agrees_with(row)), None)
        if is_named(row, first) and row.t_star is not None and other is not None:
            yield row, other


def is_named(row: EvaluationRow, name: str) -> bool:
    """Return whether a row is of the prior with this key:data set, run id or label."""
    return name in (row.prior, row.run, row.label)
