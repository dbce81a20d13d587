"""The groups about sweeps in real processes and about a large table, on small work: they measure what their names say."""

from __future__ import annotations

from pathlib import Path

import pytest

from small_apps import elsewhere
from tdot_core.bench import large_table, workers
from tdot_core.services.results.benchmark import own_rows, shipped_rows
from tdot_core.services.results.contest import is_contestant
from tdot_core.services.results.rows import write_rows
from tdot_core.services.runs.store import create_run


def test_workers_are_timed_against_one_and_a_sweep_against_evaluate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TDOT_ASSETS", raising=False)
    for name, value in {"STARTS": (20,), "SAMPLERS": ("ddim",), "STEPS": (1,), "IMAGES": 16, "REPEATS": 1}.items():
        monkeypatch.setattr(workers, name, value)
    twice, no_slower = workers.run()
    assert (twice.bar, no_slower.bar) == (">= 1.7", "<= 1")
    assert all(result.value is not None and result.value > 0 for result in (twice, no_slower))
    assert "1 cells of 16 images" in twice.name


def test_workers_need_models(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TDOT_ASSETS", str(cache))
    assert all(result.value is None and "needs a denoiser" in result.name for result in workers.run())


def test_a_large_table_has_as_many_rows_as_it_says_each_of_its_own(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TDOT_ASSETS", raising=False)
    rows = large_table.large_table(3000)
    contestants = sum(is_contestant(item.row) for item in shipped_rows())
    assert len(rows) == 3000 and len({(row.label, row.t_star, row.seed) for row in rows}) > 2000
    assert all(is_contestant(row) and (row.t_train or 0) <= (row.t_star or 0) for row in rows) and contestants > 10
    write_rows(create_run("evaluation", {}), rows)
    assert [item.row for item in own_rows()] == rows


@pytest.mark.usefixtures("browser")
def test_benchmark_is_opened_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TDOT_ASSETS", raising=False)
    monkeypatch.setattr(large_table, "ROWS", 200)
    monkeypatch.setattr(large_table, "REPEATS", 1)
    first, later = elsewhere(large_table.run)
    assert first.value is not None and later.value is not None and "200 rows" in first.name
