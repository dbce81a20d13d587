"""Measuring the benchmark table row by row, keeping every finished row."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from tdot_core.models.arithmetic import BF16, FP32
from tdot_core.models.precision import has_bf16
from tdot_core.progress import Progress, finish
from tdot_core.services.benchmark_csv import csv_path, to_benchmark_csv
from tdot_core.services.benchmark_table import shipped_rows, table_path
from tdot_core.services.device import find_device
from tdot_core.services.evaluation import EvaluationRow, EvaluationSpec, evaluate
from tdot_core.services.files import write_text
from tdot_core.services.recipe.items import TableItem, table_items


def compared_priors(models: Sequence[str], dataset: str) -> tuple[str, ...]:
    """Return what the table compares: vanilla, the shipped priors by run id, and the oracle on the data set's test images."""
    return ("vanilla", *models, f"oracle:{dataset}")


def drawing_precision(device: str) -> str:
    """Return the arithmetic that the table draws in: the fastest that the device computes in."""
    # Pixels of 10 steps at t* = 10 differ by one level in 3 of 100: far below the spread over sets, at 0.6 of the time.
    return BF16 if has_bf16(find_device(device)) else FP32


def spec_of(item: TableItem, dataset: str, device: str) -> EvaluationSpec:
    """Return the evaluation of one table item; its image seeds start at 0."""
    return EvaluationSpec(
        priors=item.priors, t_stars=item.t_stars, n_steps=item.n_steps, samplers=item.samplers, n=item.n, sets=item.sets,
        dataset=dataset, extractor=item.extractor, layers=item.layers, include_floor=False, device=device,
        precision=item.precision or drawing_precision(device),
    )  # fmt: skip


def build_table(priors: tuple[str, ...], dataset: str, device: str, show: Callable[[Progress], None]) -> str:
    """Measure every row whose inputs changed and write rows.json and benchmark.csv; return "unchanged" or "N rows measured".

    Rows are on disk as soon as they are there, so a stopped build loses at most one.
    """
    earlier = [item.row for item in shipped_rows()]
    rows: list[EvaluationRow] = []
    for item in table_items(priors):

        def keep(row: EvaluationRow) -> None:
            rows.append(row)
            # Rows that the build has not come to yet stay in the file until it ends.
            write_table(rows + [old for old in earlier if not any(_same_place(old, new) for new in rows)])

        finish(evaluate(spec_of(item, dataset, device), on_row=keep, finished=earlier), show)
    write_table(rows)
    known = {row.fingerprint for row in earlier}
    fresh = sum(row.fingerprint not in known for row in rows)
    return f"{fresh} rows measured" if fresh else "unchanged"


def _same_place(a: EvaluationRow, b: EvaluationRow) -> bool:
    names = ("prior", "t_star", "sampler", "n_steps", "extractor", "layer", "n", "sets", "dataset")
    return all(getattr(a, name) == getattr(b, name) for name in names)


def write_table(rows: Sequence[EvaluationRow]) -> None:
    """Write the shipped table: rows.json with everything, benchmark.csv with the numbers."""
    write_text(table_path(), json.dumps([row.to_json() for row in rows], indent=1, allow_nan=False) + "\n")
    write_text(csv_path(), to_benchmark_csv(rows))
