"""Timing the program itself: one group per file, found by discovery.

A group is a module here with NAME (what --only takes), HELP (one line) and `run() -> list[BenchResult]`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from types import ModuleType

from tdot_core.bench.result import BenchResult
from tdot_core.errors import unknown_name


def bench_groups() -> dict[str, ModuleType]:
    """Return the groups by name: every file of this package that has a NAME."""
    found = [importlib.import_module(f"{__name__}.{info.name}") for info in pkgutil.iter_modules(__path__)]
    return {module.NAME: module for module in found if hasattr(module, "NAME")}


def run_bench(
    only: str | None = None, before: Callable[[int, int, str], object] | None = None
) -> Iterator[BenchResult]:
    """Measure every group, or only one, and yield its results; `before(k, n, name)` is called as group k of n begins.

    Raises TdotError for an unknown group. Values are ratios within one run wherever the bar is one.
    """
    groups = bench_groups()
    if only is not None and only not in groups:
        raise unknown_name("bench group", only, groups)
    chosen = [module for name, module in groups.items() if only in (None, name)]
    for k, module in enumerate(chosen):
        if before is not None:
            before(k, len(chosen), module.NAME)
        yield from module.run()
