"""Rows of one block of a sweep as a grid: what was compared down the side, the start or the calls across."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean, stdev

from tdot_core.metrics import metrics as registered
from tdot_core.services.results.contest import is_contestant, is_whole_chain
from tdot_core.services.results.rows import EvaluationRow

ACROSS = {"t_star": "t*", "n_steps": "steps"}
BESIDE = ("t_star", "n_steps", "sampler", "grid", "net", "t_train")


@dataclass(frozen=True)
class PivotEntry:
    """What stands in one cell. value: the mean over trainings; spread: standard error over image sets, None where unknown;
    retraining: standard deviation over the `trainings`, None for one; kind: the prior's; counts: whether it competes; spoilt: it
    would, but is judged by the network that it was trained through; whole: a whole chain from noise.
    """

    value: float
    spread: float | None
    retraining: float | None
    trainings: int
    kind: str
    counts: bool
    spoilt: bool = False
    whole: bool = False


@dataclass(frozen=True)
class Pivot:
    """One metric of one block. title: its name; across: what the columns are; columns: their values; lines: entries by column for
    each name; divisions: of each name; better: the metric's direction in words; lower: whether less is better.
    """

    metric: str
    title: str
    across: str
    columns: tuple[int, ...]
    lines: dict[str, dict[int, PivotEntry]]
    divisions: dict[str, str]
    better: str

    def badness(self, value: float) -> float:
        """Return a number that is smaller for the better of two values."""
        return registered.all()[self.metric].badness(value)

    def ordered(self, column: int) -> list[tuple[str, PivotEntry]]:
        """Return what competes in a column, best first."""
        found = [(name, line[column]) for name, line in self.lines.items() if column in line and line[column].counts]
        return sorted(found, key=lambda pair: self.badness(pair[1].value))


def grids_of(rows: Sequence[EvaluationRow]) -> list[Pivot]:
    """Return one grid for every metric and feature space that the rows have, in their order.

    Columns are the starts, or the steps where several were tried; every other setting that varies joins the name. Rows of
    one name and column that differ in their run alone are trainings of several seeds: their mean, with the spread of retraining.
    """
    drawn = [row for row in rows if row.t_star is not None]
    varying = {
        name: len({getattr(row, name) for row in drawn if row.t_train is not None or name != "t_train"})
        for name in BESIDE
    }
    across = "n_steps" if varying["n_steps"] > 1 else "t_star"
    beside = [name for name in BESIDE if name != across and varying[name] > 1]
    columns = tuple(sorted({getattr(row, across) for row in drawn}))
    titles = dict.fromkeys((key, row.title(key)) for row in rows for key in row.metrics)
    return [_grid(drawn, key, title, across, columns, beside) for key, title in titles if key in registered.all()]


def _grid(
    rows: Sequence[EvaluationRow], metric: str, title: str, across: str, columns: tuple[int, ...], beside: Sequence[str]
) -> Pivot:
    cells: dict[str, dict[int, list[EvaluationRow]]] = {}
    for row in rows:
        value = row.metrics.get(metric)
        if value is not None and value.value is not None and row.title(metric) == title:
            cells.setdefault(_name(row, beside), {}).setdefault(getattr(row, across), []).append(row)
    lines = {name: {k: _entry(found, metric) for k, found in line.items()} for name, line in cells.items()}
    divisions = {name: next(iter(line.values()))[0].division for name, line in cells.items()}
    return Pivot(metric, title, ACROSS[across], columns, lines, divisions, registered.all()[metric].better())


def _name(row: EvaluationRow, beside: Sequence[str]) -> str:
    facts = {"t_star": f"t* = {row.t_star}", "n_steps": f"{row.n_steps} steps", "t_train": f"t_train = {row.t_train}"}
    extra = [facts.get(name, str(getattr(row, name))) for name in beside if getattr(row, name) is not None]
    return ", ".join([row.label, *extra])


def _entry(rows: Sequence[EvaluationRow], metric: str) -> PivotEntry:
    values = [float(value) for row in rows if (value := row.metrics[metric].value) is not None]
    spreads = [row.metrics[metric].spread for row in rows]
    known = [s for s in spreads if s is not None]
    # Independent trainings: the error of their mean from the images alone.
    spread = math.sqrt(sum(s * s for s in known)) / len(known) if known and len(known) == len(spreads) else None
    spoilt, whole = any(row.no_judge for row in rows), all(is_whole_chain(row) for row in rows)
    counts = all(is_contestant(row) for row in rows) and not spoilt
    retraining = stdev(values) if len(values) > 1 else None
    return PivotEntry(mean(values), spread, retraining, len(values), rows[0].key, counts, spoilt, whole)
