"""Compare two evaluated priors."""

from __future__ import annotations

import argparse

from tdot_core.commands.columns import fitted
from tdot_core.commands.report import Report, add_json
from tdot_core.errors import TdotError
from tdot_core.metrics import metrics
from tdot_core.services.results.comparison import HEADER, Comparison, compare_priors, explained
from tdot_core.services.results.rows import read_rows
from tdot_core.services.runs.store import find_run, list_runs

NAME = "compare"
HELP = "Compare two evaluated priors from common seeds: the difference of every metric, with an interval"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("first", help="prior: key, run id, KEY:DATASET or label")
    parser.add_argument("second", help="the other prior")
    parser.add_argument(
        "--run", default=None, metavar="RUN", help="the evaluation to look in (default: the newest that has both)"
    )
    parser.add_argument("--metric", action="append", default=[], help="fd, recall_dist, ...; repeatable, default all")
    parser.add_argument(
        "--level", type=float, default=0.95, help="of the intervals, above 0 and below 1 (default 0.95)"
    )
    add_json(parser)


def run(args: argparse.Namespace) -> Report:
    """Compare the rows of earlier evaluations; nothing is measured."""
    for key in args.metric:
        metrics.get(key)
    found = _found(args)
    return Report([one.to_json() for one in found], compared_text(found, args.level))


def _found(args: argparse.Namespace) -> list[Comparison]:
    runs = [find_run(args.run)] if args.run else list_runs("evaluation")
    reasons: list[TdotError] = []
    for run in runs:
        try:
            return compare_priors(read_rows(run), args.first, args.second, args.metric, args.level)
        except TdotError as error:
            reasons.append(error)
    # The reason of the evaluation that knows most about the two says most.
    raise (
        max(reasons, key=lambda e: "never measured" in str(e))
        if reasons
        else TdotError(
            "There is no evaluation yet. Evaluate both: python -m tdot_core evaluate "
            f"--prior {args.first[:80]} --prior {args.second[:80]} --sets 3"
        )
    )


def compared_text(found: list[Comparison], level: float = 0.95) -> str:
    """Return comparisons as tables of text."""
    parts = []
    for one in found:
        notes = list(
            dict.fromkeys(metric.note for metric in one.metrics if metric.note and metric.measurable is not None)
        )
        parts.append("\n".join([one.title, fitted(HEADER, one.cells(), 1), *notes]))
    return "\n\n".join([*parts, explained(level)])
