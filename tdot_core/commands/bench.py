"""Time the program."""

from __future__ import annotations

import argparse

from tdot_core.bench import run_bench
from tdot_core.commands.bar import show
from tdot_core.commands.report import Report, add_json
from tdot_core.progress import Progress

NAME = "bench"
HELP = "Time the program against its bars: ratios within one run, medians of several repetitions"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--only", metavar="GROUP", default=None, help="measure one group only; an unknown one lists them all"
    )
    add_json(parser)


def run(args: argparse.Namespace) -> Report:
    """Measure, and report every result with its bar; nothing measured fails the command."""
    results = list(run_bench(args.only, lambda k, n, name: show(Progress(k, n, {}, f"bench {name}"))))
    lines = [
        f"{_verdict(r.holds):<13} {_number(r.value):>10} {r.unit:<20} {r.bar:<9} {r.group}: {r.name}" for r in results
    ]
    return Report([r.document() for r in results], "\n".join(lines))


def _verdict(holds: bool | None) -> str:
    return {True: "holds", False: "DOES NOT HOLD", None: "not measured"}[holds]


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"
