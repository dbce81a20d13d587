"""The benchmark table: rows that ship with TDOT, and those of the user's own finished evaluations; no torch here."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tdot_core.errors import TdotError
from tdot_core.services.results.rows import EvaluationRow, read_rows
from tdot_core.services.runs.store import list_runs
from tdot_core.services.storage.paths import assets_root

SHIPPED = "shipped"


@dataclass(frozen=True)
class TableRow:
    """One row and where it comes from: SHIPPED, or the id of the user's evaluation run."""

    row: EvaluationRow
    source: str


@dataclass(frozen=True)
class NfeTime:
    """Measured seconds of one network forward per image, where that was measured, and in which precision."""

    seconds: float
    device: str
    precision: str
    source: str


def table_path() -> Path:
    """Return where the shipped table lies, or would."""
    return assets_root() / "benchmark" / "rows.json"


def shipped_rows() -> list[TableRow]:
    """Return the shipped table, empty when there is none; raises TdotError when the file is damaged."""
    path = table_path()
    if not path.exists():
        return []
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise TdotError(
            "The shipped benchmark table (benchmark/rows.json) cannot be read; restore it from the project."
        ) from error
    rows = rows.get("rows") if isinstance(rows, dict) else rows
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise TdotError(
            "The shipped benchmark table (benchmark/rows.json) holds no list of rows; restore it from the project."
        )
    return [TableRow(EvaluationRow.from_json(row), SHIPPED) for row in rows]


def own_rows() -> list[TableRow]:
    """Return the rows that the user's evaluations have finished, newest evaluation first; damaged ones are left out."""
    found = []
    for run in list_runs("evaluation"):
        try:
            found += [TableRow(row, run.id) for row in read_rows(run)]
        except TdotError:
            continue
    return found


def nfe_time(rows: Iterable[TableRow]) -> NfeTime | None:
    """Return the median seconds per network forward and image of the user's newest evaluation, else of the shipped table."""
    timed: dict[tuple[bool, str], list[EvaluationRow]] = {}
    for item in rows:
        if item.row.seconds_chain and item.row.nfe:
            timed.setdefault((item.source == SHIPPED, item.source), []).append(item.row)
    if not timed:
        return None
    own = [key for key in timed if not key[0]]
    key = max(own, key=lambda k: max(row.created for row in timed[k])) if own else next(iter(timed))
    seconds = [row.seconds_chain / row.nfe for row in timed[key] if row.seconds_chain and row.nfe]
    return NfeTime(statistics.median(seconds), timed[key][0].device, timed[key][0].precision, key[1])
