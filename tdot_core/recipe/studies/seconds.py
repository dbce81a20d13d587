"""Seconds per image of every cell of the table, timed again in one go: a build of hours meets busy moments, this need not."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from statistics import median
from typing import Any

from tdot_core.progress import Progress
from tdot_core.recipe.study import Study
from tdot_core.recipe.table import write_table
from tdot_core.services.compute.chunks import chunk_of
from tdot_core.services.compute.device import find_device
from tdot_core.services.results.benchmark import shipped_rows
from tdot_core.services.results.rows import EvaluationRow
from tdot_core.services.sampling.generate import SampleSettings, generate
from tdot_core.services.sampling.loading import load_net, load_prior

CHUNKS = 10

Cell = tuple[str, int, str, str, int, str]


def _cell(row: EvaluationRow) -> Cell | None:
    """Return what a row's seconds depend on, or None when nothing was drawn for it."""
    if row.seconds is None or row.t_star is None or row.n_steps is None:
        return None
    return (row.prior, row.t_star, row.sampler, row.grid, row.n_steps, row.precision)


def _inputs(dataset: str) -> dict[str, Any]:
    drawn = [item.row for item in shipped_rows() if _cell(item.row) is not None]
    return {"rows": [row.fingerprint for row in drawn], "chunks": CHUNKS, "chunk": chunk_of("cpu")}


def _measure(dataset: str, device: str) -> Generator[Progress, None, dict[str, Any]]:
    """Draw a few chunks of every cell, one cell after another, and put the medians into the table's rows."""
    rows = [item.row for item in shipped_rows()]
    cells = list(dict.fromkeys(cell for row in rows if (cell := _cell(row)) is not None))
    timed: dict[Cell, tuple[float, float]] = {}
    for done, cell in enumerate(cells):
        yield Progress(done, len(cells), {}, f"{cell[0]} at t* = {cell[1]}, {cell[2]} on {cell[3]}, {cell[4]} steps")
        timed[cell] = _time(cell, dataset, device)
    write_table([_with_seconds(row, timed) for row in rows])
    names = ("prior", "t_star", "sampler", "grid", "steps", "precision")
    return {
        "cells": [
            {**dict(zip(names, cell, strict=True)), "seconds_prior": prior, "seconds_chain": chain}
            for cell, (prior, chain) in timed.items()
        ],
        "n": CHUNKS * chunk_of(find_device(device)),
    }


def _time(cell: Cell, dataset: str, device: str) -> tuple[float, float]:
    """Return seconds per image of the prior and of the chain: medians over chunks, as an evaluation takes them."""
    prior, t_star, sampler, grid, n_steps, precision = cell
    where = find_device(device)
    size = chunk_of(where)
    net = load_net(device=where, precision=precision)
    settings = SampleSettings(t_star, n_steps, sampler, n=CHUNKS * size, grid=grid)
    _ = net.net  # built now, not within the first chunk's time
    chunks = list(generate([load_prior(prior, where, dataset)], net, settings, device=where))
    return (median(c.seconds_prior for c in chunks) / size, median(c.seconds_chain for c in chunks) / size)


def _with_seconds(row: EvaluationRow, timed: dict[Cell, tuple[float, float]]) -> EvaluationRow:
    cell = _cell(row)
    if cell is None:
        return row
    prior, chain = timed[cell]
    return replace(row, seconds_prior=prior, seconds_chain=chain)


SECONDS = Study("seconds", _inputs, _measure)
