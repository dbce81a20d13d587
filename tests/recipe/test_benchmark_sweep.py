"""sweeps/benchmark.toml is the one source of the shipped table's rows, and the block that needs only the clone gives them again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tdot_core.__main__ import main
from tdot_core.errors import TdotError
from tdot_core.recipe.items import MODELS
from tdot_core.recipe.table import sweep_path, table_cells
from tdot_core.services.results.benchmark import shipped_rows
from tdot_core.services.results.rows import EvaluationRow
from tdot_core.services.runs.store import list_runs
from tdot_core.services.sweep.cells import Cell
from tdot_core.services.sweep.document import checked, read_sweep

TOLERANCE = 0.01
"""Relative; sweeps/benchmark.toml says why so small a one is right for equal seeds."""


def places(cell: Cell) -> list[tuple[Any, ...]]:
    chain = (cell.prior, cell.net, cell.t_star, cell.sampler, cell.grid, cell.n_steps, cell.clip_x0, cell.precision)
    return [(*chain, cell.dataset, cell.extractor, layer, cell.n, cell.sets, cell.seed) for layer in cell.layers]


def place(row: EvaluationRow) -> tuple[Any, ...]:
    chain = (row.prior, row.net, row.t_star, row.sampler, row.grid, row.n_steps, row.clip_x0, row.precision)
    return (*chain, row.dataset, row.extractor, row.layer, row.n, row.sets, row.seed)


def test_the_sweep_names_every_shipped_row_in_order_and_no_other() -> None:
    cells = table_cells(read_sweep(sweep_path()), "cifar10")
    assert [one for cell in cells for one in places(cell)] == [place(item.row) for item in shipped_rows()]


NOT_YET = {"ot-moments"}
"""Ships before the table has rows of it: they come when all rows are measured anew, with the next denoiser."""


def test_the_sweep_compares_every_prior_of_the_recipe() -> None:
    kinds = {run.kind for run in list_runs() if run.shipped} - {"denoiser", "cifar-cnn", "wiener"}
    for preset in MODELS.values():
        wanted = {item.name for item in preset if item.kind in kinds} - NOT_YET
        assert wanted == {c.prior for c in table_cells(read_sweep(sweep_path()), "cifar10")} - {
            "vanilla",
            "oracle:cifar10",
        }


def test_another_data_set_takes_the_place_of_the_files_own() -> None:
    cells = table_cells(read_sweep(sweep_path()), "digits")
    assert {cell.dataset for cell in cells} == {"digits"} and "oracle:digits" in {cell.prior for cell in cells}
    assert "oracle:cifar10" not in {cell.prior for cell in cells}


def test_a_table_that_would_train_is_refused() -> None:
    sweep = checked({"block": [{"name": "own", "train": [{"prior": "ot"}]}]}, "s")
    with pytest.raises(TdotError, match="leave train out"):
        table_cells(sweep, "digits")


@pytest.mark.timeout(1800)
def test_the_block_that_needs_only_the_clone_gives_the_shipped_rows_again(
    cache: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In an empty cache, so that every image is drawn and measured anew; about a minute on two idle cores."""
    monkeypatch.delenv("TDOT_ASSETS", raising=False)
    arguments = [str(sweep_path()), "--block", "clone"]
    assert main(["sweep", "run", *arguments]) == 0
    capsys.readouterr()
    assert main(["sweep", "rows", *arguments, "--json"]) == 0
    again = [EvaluationRow.from_json(row) for row in json.loads(capsys.readouterr().out)]
    shipped = {place(item.row): item.row for item in shipped_rows()}
    assert [row.prior for row in again] == ["gaussian", "ot-local"]
    for row in again:
        for key in ("fd", "recall_dist", "precision_dist", "coverage"):
            now, then = row.metrics[key].values, shipped[place(row)].metrics[key].values
            assert now == pytest.approx(then, rel=TOLERANCE), (row.prior, key)
