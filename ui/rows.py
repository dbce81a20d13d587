"""Rows of the benchmark as the figures and tables of a screen take them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from tdot_core.services.benchmark_table import SHIPPED, TableRow
from tdot_core.services.evaluation import EvaluationRow
from ui import address
from ui.figures.quality import Point
from ui.palette import prior_style


def point_of(item: TableRow, metric: str, cost: float | None = None) -> Point | None:
    """Return one metric of a row as a point in its prior's style, or None when it is not measured."""
    row, value = item.row, item.row.metrics.get(metric)
    if value is None or value.value is None:
        return None
    style = prior_style(row.key, row.run)
    return Point(
        row.label, style.color, style.marker, style.dash, value.value, value.spread, cost, row.t_star, hover_text(item, metric)
    )  # fmt: skip


def hover_text(item: TableRow, metric: str) -> str:
    """Return the lines that a reader needs to judge one number of a row."""
    row, value = item.row, item.row.metrics[metric]
    spread = f" ± {value.spread:.2g}" if value.spread is not None else ""
    lines = [
        f"<b>{row.label}</b>", f"{row.title(metric)} {value.value:.4g}{spread}",
        f"t* = {row.t_star}, {row.sampler}, {row.n_steps} steps, NFE {nfe(row)}" if row.t_star is not None else "no chain",
        f"{value.n:,} images against {value.n_real:,} real ones, {value.sets} set{'s' if value.sets != 1 else ''}",
        f"{row.dataset}, {row.extractor} {row.layer}", "ships with TDOT" if item.source == SHIPPED else f"your run {item.source}",
    ]  # fmt: skip
    return "<br>".join(lines)


def nfe(row: EvaluationRow) -> int | None:
    """Return network forwards per image, prior and chain together; None without a chain."""
    return None if row.nfe is None else row.nfe + (row.nfe_prior or 0)


def space_of(row: EvaluationRow) -> str:
    """Return the name of the feature space a row was measured in."""
    return f"{row.extractor} {row.layer}".strip()


def told_apart(rows: Sequence[TableRow]) -> list[TableRow]:
    """Return the rows with a label per model: where two models share one, it also says which run."""
    labels = address.told_apart({_model(item.row): item.row.label for item in rows})
    return [replace(item, row=replace(item.row, label=labels[_model(item.row)])) for item in rows]


def _model(row: EvaluationRow) -> str:
    return row.run or row.prior


def size_of(row: EvaluationRow) -> str:
    """Return how many images a row was measured on: sets x images per set."""
    return f"{row.sets} x {row.n:,}"


def metric_frame(rows: Sequence[TableRow], metrics: Sequence[str]) -> pd.DataFrame:
    """Return a table for people: one line per row, one column per metric under its own name; missing means not measured."""
    lines = []
    for item in rows:
        row = item.row
        line: dict[str, object] = {
            "prior": row.label, "t*": row.t_star, "sampler": row.sampler, "steps": row.n_steps, "NFE": nfe(row), "images": row.n,
            "sets": row.sets, "data set": row.dataset, "features": space_of(row), "precision": row.precision, "s/image": row.seconds,
        }  # fmt: skip
        for key in metrics:
            value = row.metrics.get(key)
            line[row.title(key)] = None if value is None else value.value
            if value is not None and value.spread is not None:
                line[f"± {row.title(key)}"] = value.spread
        lines.append(line | {"from": "TDOT" if item.source == SHIPPED else item.source})
    return pd.DataFrame(lines)


def without_constants(frame: pd.DataFrame, keep: Sequence[str] = ()) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return the table without the text and whole-number columns that say the same in every line, and what those say."""
    shared = {}
    for name in frame.columns:
        values = list(dict.fromkeys(frame[name].tolist()))
        if name not in keep and len(frame) > 1 and len(values) == 1 and isinstance(values[0], str | int):
            shared[str(name)] = f"{values[0]:,}" if isinstance(values[0], int) else str(values[0])
    return frame.drop(columns=list(shared)), shared
