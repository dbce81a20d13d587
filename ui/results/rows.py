"""Rows of the benchmark as the tables of a screen take them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from tdot_core.services.figures.points import nfe, space_of
from tdot_core.services.results.benchmark import SHIPPED, TableRow
from tdot_core.services.results.digits import places_of, places_of_column
from tdot_core.services.results.rows import EvaluationRow
from ui import address

COST_DIGITS = 3
"""Significant digits of seconds per image."""


def told_apart(rows: Sequence[TableRow]) -> list[TableRow]:
    """Return the rows with a label per model: where two models share one, it also says which run."""
    labels = address.told_apart({_model(item.row): item.row.label for item in rows})
    return [replace(item, row=replace(item.row, label=labels[_model(item.row)])) for item in rows]


def _model(row: EvaluationRow) -> str:
    return row.run or row.prior


def row_id(item: TableRow) -> str:
    """Return a short name of a row for the address, which stays while its settings do."""
    row = item.row
    facts = [item.source, row.prior, row.run, *row.chain.values(), *row.space.values(), *row.sample.values()]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:10]


def metric_frame(rows: Sequence[TableRow], metrics: Sequence[str]) -> pd.DataFrame:
    """Return a table for people: one line per row, one column per metric under its own name; missing means not measured."""
    lines = []
    for item in rows:
        row = item.row
        line: dict[str, object] = {
            "prior": row.label,
            "division": row.division,
            "t*": row.t_star,
            "sampler": row.sampler,
            "grid": row.grid if row.t_star is not None else "",
            "steps": row.n_steps,
            "NFE": nfe(row),
            "images": row.n,
            "sets": row.sets,
            "data set": row.dataset,
            "features": space_of(row),
            "precision": row.precision,
            "s/image": row.seconds,
        }
        for key in metrics:
            value = row.metrics.get(key)
            # What the network that a prior was trained through says of it is no measure; `withheld` says so below.
            line[row.title(key)] = None if value is None or row.no_judge else value.value
            if value is not None and not row.no_judge and value.spread is not None:
                line[f"± {row.title(key)}"] = value.spread
        lines.append(line | {"from": "TDOT" if item.source == SHIPPED else item.source})
    return pd.DataFrame(lines)


def withheld(rows: Sequence[TableRow]) -> list[str]:
    """Return, for each prior whose numbers are left out of `metric_frame`, which and why."""
    said = (f"{item.row.label}, {space_of(item.row)}: {item.row.no_judge}" for item in rows if item.row.no_judge)
    return list(dict.fromkeys(said))


def number_columns(rows: Sequence[TableRow], metrics: Sequence[str]) -> dict[str, Any]:
    """Return column settings for `metric_frame`: the same decimals throughout a column, decided by two digits of the error."""
    cost = places_of([item.row.seconds for item in rows], digits=COST_DIGITS)
    found: dict[str, Any] = {"s/image": st.column_config.NumberColumn(format=f"%.{cost}f", help="Seconds per image")}
    for key in metrics:
        places = places_of_column(item.row.metrics.get(key) for item in rows)
        for item in rows:
            title = item.row.title(key)
            found[title] = st.column_config.NumberColumn(format=f"%.{places}f")
            found[f"± {title}"] = st.column_config.NumberColumn(
                format=f"%.{places}f", help="Standard error over independent sets"
            )
    found["prior"] = st.column_config.TextColumn(width="medium")  # wide enough for the longest name
    found["NFE"] = st.column_config.NumberColumn(help="Network calls per image, denoiser and prior")
    return found


def without_constants(frame: pd.DataFrame, keep: Sequence[str] = ()) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return the table without the text and whole-number columns that say the same in every line, and what those say."""
    shared = {}
    for name in frame.columns:
        values = list(dict.fromkeys(frame[name].tolist()))
        if name not in keep and len(frame) > 1 and len(values) == 1 and isinstance(values[0], str | int):
            shared[str(name)] = f"{values[0]:,}" if isinstance(values[0], int) else str(values[0])
    return frame.drop(columns=list(shared)), shared
