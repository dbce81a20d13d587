"""The bars of sweeps that are times, as `python -m tdot_core bench` measures them: on an idle machine."""

from __future__ import annotations

from pathlib import Path

from tdot_core.bench import run_bench
from tdot_core.bench.result import BenchResult
from tests.faults.result import Row

GROUPS = ("sweep", "workers", "table")


def run(folder: Path, *, short: bool, seed: int) -> list[Row]:
    """Measure them; there is no short form, since the tests of tests/bench are one."""
    if short:
        return []
    return [_row(result) for group in GROUPS for result in run_bench(group)]


def _row(result: BenchResult) -> Row:
    value = "not measured" if result.value is None else f"{result.value:.3g} {result.unit}"
    return Row("pace", f"{result.name}: {result.bar} {result.unit}", value, bool(result.holds))
