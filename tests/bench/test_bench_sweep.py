"""The sweep groups: the simulation against closed forms, the large sweep as large as its name says."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from tdot_core.bench import scheduler, sweep
from tdot_core.services.sweep.cells import cells_of
from tdot_core.services.sweep.graph import Node

SECONDS = {"draw": 10.0, "features": 5.0, "row": 1.0}


def chains(count: int) -> dict[str, Node]:
    nodes: dict[str, Node] = {}
    for k in range(count):
        for kind, need in (("draw", ""), ("features", f"draw{k}"), ("row", f"features{k}")):
            nodes[f"{kind}{k}"] = Node(kind, f"{kind}{k}", (need,) if need else (), "", None)
    return nodes


def test_one_worker_takes_the_sum_and_one_per_chain_takes_a_chain() -> None:
    alone = scheduler.simulate(chains(7), 1, SECONDS, 0.0)
    assert alone.hours * 3600 == pytest.approx(7 * 16) and alone.busy == pytest.approx(1)
    each = scheduler.simulate(chains(7), 7, SECONDS, 0.0)
    assert each.hours * 3600 == pytest.approx(16) and each.busy == pytest.approx(1)
    many = scheduler.simulate(chains(7), 70, SECONDS, 0.0)
    assert many.hours * 3600 == pytest.approx(16) and many.busy == pytest.approx(0.1)


def test_a_slow_driver_bounds_the_rate() -> None:
    found = scheduler.simulate(chains(100), 1000, SECONDS, 2.0)
    assert found.hours * 3600 >= 300 * 2.0


def test_the_large_sweep_has_10_000_cells() -> None:
    assert len(cells_of(sweep.large_sweep())) == 10_000


def test_empty_nodes_are_timed_and_what_is_not_installed_is_said(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    seconds, memory, local, ray = sweep.run()
    assert all(result.value is not None and result.value > 0 for result in (seconds, memory, local))
    assert ray.value is None and ray.holds is None and "needs Ray" in ray.name
