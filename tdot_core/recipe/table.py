"""Measuring the benchmark table, the rows of sweeps/benchmark.toml, one by one and keeping every finished one."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tdot_core.errors import TdotError
from tdot_core.models.arithmetic import BF16, FP32
from tdot_core.models.precision import bf16_pays
from tdot_core.progress import Progress, finish
from tdot_core.recipe.benchmark_csv import csv_path, to_benchmark_csv
from tdot_core.services.compute.device import find_device
from tdot_core.services.evaluation.engine import evaluate
from tdot_core.services.results.benchmark import shipped_rows, table_path
from tdot_core.services.results.rows import EvaluationRow
from tdot_core.services.storage.files import write_text
from tdot_core.services.storage.paths import project_root
from tdot_core.services.sweep.cells import Cell, cells_of
from tdot_core.services.sweep.document import SweepFile, read_sweep
from tdot_core.services.sweep.evaluations import evaluation_of


def drawing_precision(device: str) -> str:
    """Return the arithmetic that studies draw in: the fastest that the device computes in."""
    # Pixels of 10 steps at t* = 10 differ by one level in 3 of 100: far below the spread over sets, at 0.6 of the time.
    return BF16 if bf16_pays(find_device(device)) else FP32


def sweep_path() -> Path:
    """Return the sweep that names every row of the table."""
    return project_root() / "sweeps" / "benchmark.toml"


def table_cells(sweep: SweepFile, dataset: str) -> list[Cell]:
    """Return the cells of the table in the order of its rows: block by block, one prior after another.

    dataset: takes the place of the file's, also behind an oracle. Raises TdotError for a sweep that trains: the recipe's models
    are items of their own.
    """
    cells: dict[Cell, None] = {}
    for block in sweep.blocks:
        if block.train:
            raise TdotError(
                f"{sweep.name}, {block.place}: the table is of models that ship; name them as prior, and leave train out."
            )
        order = block.lists["prior"]
        found = sorted(cells_of(replace(sweep, blocks=(block,))), key=lambda cell: order.index(cell.prior))
        cells |= dict.fromkeys(_of(cell, dataset) for cell in found)
    return list(cells)


def _of(cell: Cell, dataset: str) -> Cell:
    return replace(cell, dataset=dataset, prior=str(cell.prior).replace(f":{cell.dataset}", f":{dataset}"))


def build_table(path: Path, dataset: str, device: str, show: Callable[[Progress], None]) -> str:
    """Measure every row of a sweep whose inputs changed and write rows.json and benchmark.csv; return "unchanged" or "N rows measured".

    Rows are on disk as soon as they are there, so a stopped build loses at most one. What a run of the same sweep left in the
    cache, on any launcher, is not computed again.
    """
    earlier = [item.row for item in shipped_rows()]
    rows: list[EvaluationRow] = []
    for cell in table_cells(read_sweep(path), dataset):

        def keep(row: EvaluationRow) -> None:
            rows.append(row)
            # Rows that the build has not come to yet stay in the file until it ends.
            write_table(rows + [old for old in earlier if not any(_same_place(old, new) for new in rows)])

        finish(evaluate(evaluation_of(cell, str(cell.prior), device), on_row=keep, finished=earlier), show)
    write_table(rows)
    known = {row.fingerprint for row in earlier}
    fresh = sum(row.fingerprint not in known for row in rows)
    return f"{fresh} rows measured" if fresh else "unchanged"


def _same_place(a: EvaluationRow, b: EvaluationRow) -> bool:
    # The arithmetic may differ: a row measured anew in another one takes the old one's place.
    return (a.prior, a.n, a.sets, _place(a)) == (b.prior, b.n, b.sets, _place(b))


def _place(row: EvaluationRow) -> dict[str, Any]:
    return {name: value for name, value in (row.chain | row.space).items() if name != "precision"}


def write_table(rows: Sequence[EvaluationRow]) -> None:
    """Write the shipped table: rows.json with everything, benchmark.csv with the numbers."""
    write_text(table_path(), json.dumps([row.to_json() for row in rows], indent=1, allow_nan=False) + "\n")
    write_text(csv_path(), to_benchmark_csv(rows))
