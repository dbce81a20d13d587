"""One line of the table: what was done, what the bar is, what was found."""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

FOLDER = Path(__file__).parent
ROWS, TABLE = FOLDER / "results.json", FOLDER / "RESULTS.md"


@dataclass(frozen=True)
class Row:
    """Hold one bar. part: what was run; bar: what must hold; found: what was measured; passed: whether it held."""

    part: str
    bar: str
    found: str
    passed: bool
    seconds: float = 0.0
    date: str = ""
    machine: str = ""


def machine() -> str:
    """Return the machine in a few words: processor, cores, Python, torch."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return f"{platform.system()} {platform.machine()}, {cores} cores, Python {platform.python_version()}, torch {torch.__version__}"


def stamped(row: Row, seconds: float) -> Row:
    """Return the row with the date, the machine and how long it took."""
    return Row(
        row.part,
        row.bar,
        row.found,
        row.passed,
        round(seconds, 1),
        time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        machine(),
    )


def keep(rows: Sequence[Row]) -> None:
    """Write the table: rows of the parts just run, and those of the others from before."""
    before = [Row(**values) for values in json.loads(ROWS.read_text())] if ROWS.exists() else []
    parts = {row.part for row in rows}
    kept = sorted([row for row in before if row.part not in parts] + list(rows), key=lambda row: ORDER.index(row.part))
    ROWS.write_text(json.dumps([asdict(row) for row in kept], indent=1) + "\n")
    TABLE.write_text(table(kept))


ORDER = ("kills", "disk", "inputs", "processes", "urls", "load", "shards", "nodes", "losses", "pace")
GROUPS = {"sweeps": ("shards", "nodes", "losses", "pace")}
"""Parts that go by one name: `--part sweeps` prints every bar of sweeps."""


def table(rows: Sequence[Row]) -> str:
    """Return the rows as a Markdown page."""
    lines = [
        "# What TDOT survives",
        "",
        "Written by `python -m tests.faults` (`--part PART` for one, `--short` for what CI runs).",
        "",
    ]
    lines += ["| part | bar | found | | seconds | date | machine |", "|---|---|---|---|---|---|---|"]
    lines += [
        f"| {r.part} | {r.bar} | {' '.join(r.found.split())} | {'pass' if r.passed else '**FAIL**'} | {r.seconds:,.0f} | {r.date} | {r.machine} |"
        for r in rows
    ]
    return "\n".join(lines) + "\n"
