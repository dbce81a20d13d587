"""What the table has measured of every prior at every start, with the same sampler and number of calls."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tdot_core.models.extractors import DEFAULT
from tdot_core.services.results.benchmark import TableRow
from tdot_core.services.results.rows import EvaluationRow

QUALITY, EXTRACTOR, SAMPLER, STEPS = "fd", DEFAULT, "ddim", 10
NOISE = "vanilla"


@dataclass(frozen=True)
class MeasuredStarts:
    """The Fréchet distance by t_star of each prior, by its name in the table; whole: of the whole chain from pure noise."""

    by_prior: dict[str, dict[int, float]]
    labels: dict[str, tuple[str, str, str]]
    whole: float | None

    def best(self, prior: str) -> int | None:
        """Return the measured t_star with the smallest distance, None where nothing was measured."""
        found = self.by_prior.get(prior, {})
        return min(found, key=lambda t: found[t]) if found else None

    def works_from(self, prior: str) -> int | None:
        """Return the smallest measured t_star that beats the whole chain of as many calls, None when none does."""
        found = self.by_prior.get(prior, {})
        return min((t for t, value in found.items() if self.whole is not None and value < self.whole), default=None)


def measured_starts(rows: Iterable[TableRow], dataset: str, T: int) -> MeasuredStarts:
    """Return what the rows say about chains of 10 DDIM calls in cifar-cnn features; of several rows the one of most images.

    labels: (label, key, run) by prior. The whole chain is noise at t_star = T.
    """
    by_prior: dict[str, dict[int, float]] = {}
    labels: dict[str, tuple[str, str, str]] = {}
    whole = None
    for row in sorted((item.row for item in rows if _counts(item.row, dataset)), key=lambda row: row.n):
        value, t_star = row.metrics[QUALITY].value, row.t_star
        if row.key == NOISE:
            whole = value if t_star == T else whole
        elif value is not None and t_star is not None:
            by_prior.setdefault(row.prior, {})[t_star] = value
            labels[row.prior] = (row.label, row.key, row.run)
    return MeasuredStarts(by_prior, labels, whole)


def _counts(row: EvaluationRow, dataset: str) -> bool:
    value = row.metrics.get(QUALITY)
    return (
        value is not None
        and value.value is not None
        and row.t_star is not None
        and row.dataset == dataset
        and (row.extractor, row.sampler, row.n_steps) == (EXTRACTOR, SAMPLER, STEPS)
    )
