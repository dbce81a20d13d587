"""Finding the rows of two priors to compare, and the comparison as a table of texts; no torch here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tdot_core.errors import TdotError
from tdot_core.services.results.digits import number_text, places_of
from tdot_core.services.results.paired import LEVEL, READ, Paired, compare_rows, is_named, pairs
from tdot_core.services.results.rows import EvaluationRow

HEADER = ["metric", "first", "second", "difference", "interval", "verdict"]


@dataclass(frozen=True)
class Comparison:
    """Two rows from common seeds and what differs, metric by metric."""

    first: EvaluationRow
    second: EvaluationRow
    metrics: tuple[Paired, ...]

    @property
    def title(self) -> str:
        """Return the two labels and where they were measured."""
        row = self.first
        space = f"{row.extractor} {row.layer}"
        return f"{row.label} against {self.second.label}, t* = {row.t_star}, {row.sampler}, {space}, {row.sets} x {row.n:,} images"

    def cells(self) -> list[list[str]]:
        """Return one line of texts per metric, under HEADER."""
        return [_line(found, self.first.label, self.second.label) for found in self.metrics]

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        names = ("t_star", "sampler", "grid", "n_steps", "dataset", "extractor", "layer", "n", "sets", "seed")
        return {
            "first": self.first.prior,
            "second": self.second.prior,
            **{name: getattr(self.first, name) for name in names},
            "metrics": [found.to_json() for found in self.metrics],
        }


def _line(found: Paired, first: str, second: str) -> list[str]:
    low, high = found.low, found.high
    places = places_of(
        [found.first, found.second, found.difference], [None if low is None or high is None else (high - low) / 2]
    )
    numbers = ["-" if v is None else number_text(v, places) for v in (found.first, found.second, found.difference)]
    span = "-" if low is None or high is None else f"{low:.{places}f} .. {high:.{places}f}"
    return [found.title, *numbers, span, found.verdict(first, second)]


def compare_priors(
    rows: Sequence[EvaluationRow], first: str, second: str, metrics: Iterable[str] = (), level: float = LEVEL
) -> list[Comparison]:
    """Compare two priors wherever both were measured at one setting; raises TdotError when they never were.

    first, second: key, KEY:DATASET, run id or label; metrics: keys, all by default.
    """
    if not 0 < level < 1:
        raise TdotError(f"The level of an interval must be above 0 and below 1, found {level}.")
    wanted = set(metrics)
    found = [
        Comparison(a, b, tuple(one for one in compare_rows(a, b, level) if not wanted or one.metric in wanted))
        for a, b in pairs(rows, first, second)
    ]
    if not found:
        raise _never(rows, first, second)
    return found


def _never(rows: Sequence[EvaluationRow], first: str, second: str) -> TdotError:
    known = ", ".join(dict.fromkeys(row.prior for row in rows if row.t_star is not None)) or "none yet"
    for name in (first, second):
        if not any(is_named(row, name) for row in rows):
            return TdotError(f"No row of {name[:80]!r} is there to compare. Evaluated: {known}.")
    return TdotError(
        f"{first[:80]} and {second[:80]} were never measured at one setting. Evaluate them together: evaluate --prior "
        f"{first[:80]} --prior {second[:80]} --sets 3 --compare"
    )


def against_first(rows: Sequence[EvaluationRow], level: float = LEVEL) -> list[Comparison]:
    """Compare the first drawn prior of a table with every other one; nothing when there is only one."""
    names = list(dict.fromkeys(row.prior for row in rows if row.t_star is not None))
    return [
        one
        for other in names[1:]
        if _meet(rows, names[0], other)
        for one in compare_priors(rows, names[0], other, level=level)
    ]


def _meet(rows: Sequence[EvaluationRow], first: str, second: str) -> bool:
    return next(iter(pairs(rows, first, second)), None) is not None


def explained(level: float = LEVEL) -> str:
    """Return how to read a comparison."""
    return READ.format(level=level)
