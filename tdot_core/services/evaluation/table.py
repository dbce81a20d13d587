"""Rows of evaluations laid out as a table of texts: what every row shares goes to the caption."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tdot_core.errors import TdotError
from tdot_core.metrics import metrics as registered
from tdot_core.metrics.value import MetricValue
from tdot_core.services.evaluation.rows import UNRANKED, EvaluationRow

NOT_MEASURED = "not measured"
NONE = "-"

Shown = Callable[[EvaluationRow], str]


@dataclass(frozen=True)
class Table:
    """Hold texts: caption, header, cells row by row (as long as header), notes.

    n_named: leading columns that name a row; best: (row, column) of the best value of each metric.
    """

    caption: str
    header: list[str]
    cells: list[list[str]]
    notes: list[str]
    n_named: int
    best: frozenset[tuple[int, int]] = frozenset()


def _or_none(value: Any) -> str:
    return NONE if value is None or value == "" else str(value)


def _seconds(row: EvaluationRow) -> str:
    return NONE if row.seconds is None else f"{row.seconds:.3g}"


NAMING: dict[str, Shown] = {
    "prior": lambda row: row.label,
    "t*": lambda row: _or_none(row.t_star),
    "sampler": lambda row: _or_none(row.sampler),
    "NFE": lambda row: NONE if row.nfe is None else f"{row.nfe} + {row.nfe_prior}",
    "s/image": _seconds,
}
SETTINGS: dict[str, Shown] = {
    "data set": lambda row: row.dataset,
    "extractor": lambda row: f"{row.extractor} {row.layer}",
    "real images": lambda row: f"{row.n_real:,}",
    "denoiser": lambda row: _or_none(row.net),
    "steps": lambda row: _or_none(row.n_steps),
    "eta": lambda row: NONE if row.eta is None else f"{row.eta:g}",
    "x0 clipped": lambda row: "yes" if row.clip_x0 else "no",
    "n per set": lambda row: f"{row.n:,}",
    "sets": lambda row: str(row.sets),
    "first seed": lambda row: str(row.seed),
    "device": lambda row: row.device,
    "precision": lambda row: row.precision,
}
SPREAD = "Values are means over the sets, ± their standard error; n is the number of images per set. "
NO_SPREAD = "One image set: values have no spread, --sets 3 gives one; n is the number of images. "
COSTS = "NFE: denoiser + prior, per image; s/image: on one of the parallel workers."
IDENTICAL, ONE_SET = "equal on all sets", "one image set"


def how_to_read(rows: Sequence[EvaluationRow]) -> str:
    """Return what a value, its spread and the costs are."""
    return (SPREAD if any(row.sets > 1 for row in rows) else NO_SPREAD) + COSTS


def by_space(rows: Sequence[EvaluationRow]) -> list[list[EvaluationRow]]:
    """Return the rows of each feature space, in the order in which the spaces come; values of two cannot be compared."""
    spaces: dict[tuple[str, str], list[EvaluationRow]] = {}
    for row in rows:
        spaces.setdefault((row.extractor, row.layer), []).append(row)
    return list(spaces.values())


def best_rows(rows: Sequence[EvaluationRow], key: str, title: str) -> set[int]:
    """Return the positions of the best rows for one metric; none when fewer than two of them are measured.

    Real test images are the mark to reach and take no part; what only warns of copies ranks nothing.
    """
    cls = registered.all().get(key)
    if cls is None or key in UNRANKED:
        return set()
    badness = {}
    for i, row in enumerate(rows):
        value = row.metrics[key].value if key in row.metrics and row.title(key) == title and not row.is_floor else None
        if value is not None:
            badness[i] = cls.badness(value)
    return {i for i, bad in badness.items() if bad == min(badness.values())} if len(badness) > 1 else set()


def metric_columns(rows: Sequence[EvaluationRow]) -> list[tuple[str, str]]:
    """Return (key, title) of every metric in the order in which the rows have them; one title, one column."""
    found = dict.fromkeys((key, row.title(key)) for row in rows for key in row.metrics)
    order = list(dict.fromkeys(key for key, _ in found))
    return sorted(found, key=lambda pair: order.index(pair[0]))


def value_text(value: MetricValue, n: bool = True, one_set: bool = False) -> str:
    """Return a value with its spread to two digits and n, such as "2.91 ± 0.04 (n = 2,000)", or "not measured".

    Equal values on several sets say so instead of a spread of 0. one_set: say it of a value that has no spread.
    """
    if value.value is None:
        return NOT_MEASURED
    facts = [f"n = {value.n:,}"] if n else []
    if value.spread is None:
        text = f"{value.value:.4g}"
        facts += [ONE_SET] if one_set else []
    elif value.spread == 0:
        text = f"{value.value:.4g}"
        facts.append(IDENTICAL)
    else:
        places = _places(value.spread)
        text = (
            f"{value.value:.{places}f} ± {value.spread:.{places}f}"
            if places <= 8
            else f"{value.value:.3g} ± {value.spread:.2g}"
        )
    return f"{text} ({', '.join(facts)})" if facts else text


def _places(spread: float) -> int:
    """Return how many decimals show two digits of spread."""
    return max(0, 1 - int(f"{spread:.1e}".partition("e")[2]))


def lay_out(rows: Sequence[EvaluationRow], n: bool = True) -> Table:
    """Return the rows as a Table: settings that all share in the caption, those that differ as columns.

    n: state the number of images in every cell. A single set among rows of several is said in its cells. Raises TdotError
    for no rows.
    """
    if not rows:
        raise TdotError("There are no rows to show yet. Evaluate a prior first.")
    # The row of real images has no chain, so it does not decide what the others share.
    drawn = [row for row in rows if row.t_star is not None] or list(rows)
    shared = {name: show(drawn[0]) for name, show in SETTINGS.items() if len({show(row) for row in drawn}) == 1}
    own = {name: show for name, show in SETTINGS.items() if name not in shared}
    metrics = metric_columns(rows)
    naming = NAMING | own
    mixed = any(row.sets > 1 for row in rows)
    cells = [
        [show(row) for show in naming.values()] + [_cell(row, key, title, n, mixed) for key, title in metrics]
        for row in rows
    ]
    best = {(i, len(naming) + j) for j, (key, title) in enumerate(metrics) for i in best_rows(rows, key, title)}
    caption = ", ".join(f"{name} {text}" for name, text in shared.items() if text != NONE)
    notes = [f"{_name(row)}: {row.note}" for row in rows if row.note]
    header = [*naming, *(title for _, title in metrics)]
    return Table(
        f"{caption}. {how_to_read(rows)}", header, cells, notes + _metric_notes(rows), len(naming), frozenset(best)
    )


def _cell(row: EvaluationRow, key: str, title: str, n: bool, mixed: bool) -> str:
    value = row.metrics.get(key)
    return NONE if value is None or row.title(key) != title else value_text(value, n, mixed)


def _name(row: EvaluationRow) -> str:
    return row.label if row.t_star is None else f"{row.label} at t* = {row.t_star}, {row.sampler}"


def _metric_notes(rows: Sequence[EvaluationRow]) -> list[str]:
    """Return what metrics say about their values; a note that concerns every measured row names none."""
    owners: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        for key, value in row.metrics.items():
            if value.note and value.note != row.note:
                owners.setdefault((row.title(key), value.note), []).append(_name(row))
    measured = sum(row.measured for row in rows)
    return [
        f"{title}: {note}" if len(names) == measured else f"{', '.join(names)}, {title}: {note}"
        for (title, note), names in owners.items()
    ]
