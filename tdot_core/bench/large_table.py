"""The Benchmark screen with a table as large as a cluster makes it."""

from __future__ import annotations

import os
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from tdot_core.bench.app import app_server, wait_ready
from tdot_core.bench.browser import NAV_LINK, open_page, visit
from tdot_core.bench.result import BenchResult
from tdot_core.bench.screens import CLICK
from tdot_core.errors import TdotError
from tdot_core.services.results.benchmark import shipped_rows
from tdot_core.services.results.contest import is_contestant
from tdot_core.services.results.rows import EvaluationRow, write_rows
from tdot_core.services.runs.store import create_run

NAME, HELP = "table", "Benchmark with 10,000 rows of one's own in a browser: seconds from the click to its content"
ROWS, STARTS, REPEATS = 10_000, 1000, 3
SECONDS = 2.0


def run() -> list[BenchResult]:
    """Time the first click, which reads the rows, and later ones; without a browser nothing is judged."""
    first, later = f"Benchmark with {ROWS:,} rows, the first time", f"the same again, median of {REPEATS}"
    try:
        with _own_cache(), open_page() as page, app_server() as (process, url, _):
            write_rows(create_run("evaluation", {}), large_table(ROWS))
            wait_ready(process, url)
            visit(page, url)
            taken = list(_clicks(page))
    except TdotError as error:
        return [BenchResult(NAME, f"{first}, not measured: {error}", None, "seconds", "<", SECONDS)]
    return [
        BenchResult(NAME, first, taken[0], "seconds", "<", SECONDS),
        BenchResult(NAME, later, statistics.median(taken[1:]), "seconds", "<", SECONDS),
    ]


def large_table(count: int) -> list[EvaluationRow]:
    """Return so many rows, those of the shipped contestants in turn, each at another start or with other image seeds."""
    rows = [item.row for item in shipped_rows() if is_contestant(item.row)]
    if not rows:
        raise TdotError("there are no shipped rows to make a large table of")
    return [
        replace(
            row,
            t_star=max(row.t_train or 1, k % STARTS + 1),
            seed=k // STARTS,
            created=f"2026-01-01T00:00:{k % 60:02}Z",
        )
        for k, row in enumerate(islice(cycle(rows), count))
    ]


def _clicks(page: Any) -> Iterator[float]:
    links = page.locator(NAV_LINK)
    benchmark = links.filter(has_text="Benchmark")
    for _ in range(1 + REPEATS):
        yield float(benchmark.evaluate(CLICK))
        links.first.evaluate(CLICK)


@contextmanager
def _own_cache() -> Iterator[None]:
    before = os.environ.get("TDOT_CACHE")
    with tempfile.TemporaryDirectory(prefix="tdot-bench-") as folder:
        os.environ["TDOT_CACHE"] = str(Path(folder))
        try:
            yield
        finally:
            os.environ.pop("TDOT_CACHE")
            os.environ |= {} if before is None else {"TDOT_CACHE": before}
