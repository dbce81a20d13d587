"""Rows of evaluations laid out as a table of texts: what every row shares goes to the caption."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tdot_core.errors import TdotError
from tdot_core.metrics import metrics as registered
from tdot_core.metrics.value import MetricValue
from tdot_core.models.resizes import TORCH_FIDELITY
from tdot_core.services.catalogue.divisions import division_words
from tdot_core.services.datasets.sizes import ONE_SIZE, spoken
from tdot_core.services.results.digits import places_of_column
from tdot_core.services.results.rows import UNRANKED, EvaluationRow

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
    "division": lambda row: _or_none(division_words(row.key, row.network)),
    "data set": lambda row: row.dataset,
    "extractor": lambda row: f"{row.extractor} {row.layer}",
    "real images": lambda row: f"{row.n_real:,}",
    "denoiser": lambda row: _or_none(row.net),
    "steps": lambda row: _or_none(row.n_steps),
    "time grid": lambda row: NONE if row.t_star is None else row.grid,
    "eta": lambda row: NONE if row.eta is None else f"{row.eta:g}",
    "x0 clipped": lambda row: "yes" if row.clip_x0 else "no",
    "resize": lambda row: _or_none(row.resize),
    "image size": lambda row: spoken(row.size),
    "n per set": lambda row: f"{row.n:,}",
    "sets": lambda row: str(row.sets),
    "first seed": lambda row: str(row.seed),
    "device": lambda row: row.device,
    "precision": lambda row: row.precision,
}
SPREAD = "Values are means over the sets, ± their standard error; n is the number of images per set. "
NO_SPREAD = "One image set: values have no spread, --sets 3 gives one; n is the number of images. "
OF_IMAGES = ("image size", "resize")
"""Settings that images made elsewhere have too."""
UNSAID = (NONE, spoken(ONE_SIZE), TORCH_FIDELITY)
COSTS = "NFE: denoiser + prior, per image; s/image: on one of the parallel workers."
IDENTICAL, ONE_SET = "equal on all sets", "one image set"


def how_to_read(rows: Sequence[EvaluationRow]) -> str:
    """Return what a value, its spread and the costs are."""
    return (SPREAD if any(row.sets > 1 for row in rows) else NO_SPREAD) + COSTS


def by_space(rows: Sequence[EvaluationRow]) -> list[list[EvaluationRow]]:
    """Return the rows of each feature space, in the order in which the spaces come; values of two cannot be compared."""
    spaces: dict[tuple[str, ...], list[EvaluationRow]] = {}
    for row in rows:
        spaces.setdefault((row.extractor, row.layer, row.resize), []).append(row)
    return list(spaces.values())


def best_rows(rows: Sequence[EvaluationRow], key: str, title: str) -> set[int]:
    """Return the positions of the best rows for one metric; none when fewer than two of them are measured.

    Real test images are the mark to reach and take no part, nor does a prior judged by the network it was trained through; what
    only warns of copies ranks nothing.
    """
    cls = registered.all().get(key)
    if cls is None or key in UNRANKED:
        return set()
    badness = {}
    for i, row in enumerate(rows):
        counts = key in row.metrics and row.title(key) == title and not row.is_floor and not row.no_judge
        value = row.metrics[key].value if counts else None
        if value is not None:
            badness[i] = cls.badness(value)
    return {i for i, bad in badness.items() if bad == min(badness.values())} if len(badness) > 1 else set()


def metric_columns(rows: Sequence[EvaluationRow]) -> list[tuple[str, str]]:
    """Return (key, title) of every metric in the order in which the rows have them; one title, one column."""
    found = dict.fromkeys((key, row.title(key)) for row in rows for key in row.metrics)
    order = list(dict.fromkeys(key for key, _ in found))
    return sorted(found, key=lambda pair: order.index(pair[0]))


def value_text(value: MetricValue, n: bool = True, one_set: bool = False, places: int | None = None) -> str:
    """Return a value with its spread to two digits and n, such as "2.91 ± 0.04 (n = 2,000)", or "not measured".

    Equal values on several sets say so instead of a spread of 0. one_set: say it of a value that has no spread; places: the
    decimals of the column that it stands in, None where it stands alone.
    """
    if value.value is None:
        return NOT_MEASURED
    facts = [f"n = {value.n:,}"] if n else []
    if value.spread:
        text = _with_spread(value.value, value.spread, places)
    else:
        text = f"{value.value:.4g}" if places is None else f"{value.value:.{places}f}"
        facts += [IDENTICAL] if value.spread is not None else [ONE_SET] if one_set else []
    return f"{text} ({', '.join(facts)})" if facts else text


def _with_spread(value: float, spread: float, places: int | None) -> str:
    own = max(0, 1 - int(f"{spread:.1e}".partition("e")[2]))
    if places is None and own > 8:
        return f"{value:.3g} ± {spread:.2g}"
    decimals = own if places is None else places
    return f"{value:.{decimals}f} ± {spread:.{decimals}f}"


def column_places(rows: Sequence[EvaluationRow], key: str, title: str) -> int | None:
    """Return the decimals that a metric's column has throughout; None where some value would read as 0 that is not."""
    column = [row.metrics[key] for row in rows if key in row.metrics and row.title(key) == title]
    places = places_of_column(column)
    least = min((abs(v) for one in column for v in (one.value, one.spread) if v), default=1.0)
    return None if least < 0.5 * 10**-places else places


def lay_out(rows: Sequence[EvaluationRow], n: bool = True) -> Table:
    """Return the rows as a Table: settings that all share in the caption, those that differ as columns.

    n: state the number of images in every cell. A single set among rows of several is said in its cells. Raises TdotError
    for no rows.
    """
    if not rows:
        raise TdotError("There are no rows to show yet. Evaluate a prior first.")
    shared = {name: shown[0] for name, show in SETTINGS.items() if len(set(shown := _deciding(name, show, rows))) == 1}
    own = {name: show for name, show in SETTINGS.items() if name not in shared}
    metrics = metric_columns(rows)
    naming = NAMING | own
    mixed = any(row.sets > 1 for row in rows)
    places = {column: column_places(rows, *column) for column in metrics}
    cells = [
        [show(row) for show in naming.values()] + [_cell(row, *column, n, mixed, places[column]) for column in metrics]
        for row in rows
    ]
    best = {(i, len(naming) + j) for j, (key, title) in enumerate(metrics) for i in best_rows(rows, key, title)}
    caption = ", ".join(f"{name} {text}" for name, text in shared.items() if text not in UNSAID)
    notes = [f"{_name(row)}: {row.note}" for row in rows if row.note]
    notes += [f"{_name(row)}, in brackets: {row.no_judge}" for row in rows if row.no_judge]
    header = [*naming, *(title for _, title in metrics)]
    return Table(
        f"{caption}. {how_to_read(rows)}", header, cells, notes + _metric_notes(rows), len(naming), frozenset(best)
    )


def _deciding(name: str, show: Shown, rows: Sequence[EvaluationRow]) -> list[str]:
    """Return what a setting is in the rows that decide whether all share it: of a chain, those that have one."""
    drawn = [row for row in rows if row.t_star is not None] or list(rows)
    return [show(row) for row in (rows if name in OF_IMAGES else drawn)]


def _cell(row: EvaluationRow, key: str, title: str, n: bool, mixed: bool, places: int | None) -> str:
    value = row.metrics.get(key)
    if value is None or row.title(key) != title:
        return NONE
    text = value_text(value, n, mixed, places)
    return f"[{text}]" if row.no_judge and value.value is not None else text


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
