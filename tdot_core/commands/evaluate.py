"""Measure priors."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from tdot_core.commands.bar import show
from tdot_core.commands.report import Report, add_json
from tdot_core.errors import TdotError

if TYPE_CHECKING:
    from tdot_core.services.evaluation import EvaluationRow, EvaluationSpec
    from tdot_core.services.runs.store import Run

NAME = "evaluate"
HELP = "Measure images from one or more priors against real ones: one row per prior, t_star and sampler"

STOPPED = 130


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--prior", action="append", default=[], help="key (its best run), run id, or oracle:DATASET; repeatable"
    )
    parser.add_argument("--net", default="denoiser", help="denoiser run id, diffusers folder or hub id")
    parser.add_argument(
        "--t-star", action="append", type=int, default=[], help="truncation step, 1..1000 (default 10); repeatable"
    )
    parser.add_argument("--steps", type=int, default=10, help="reverse steps, at most the smallest t_star (default 10)")
    parser.add_argument("--sampler", action="append", default=[], help="ddim (default), ddpm or dpmpp-2m; repeatable")
    parser.add_argument("--eta", type=float, default=None, help="ddim only: 0 deterministic .. 1 ancestral")
    parser.add_argument("--no-clip", action="store_true", help="do not clamp x0_hat to [-1, 1]")
    parser.add_argument("--n", type=int, default=2000, help="images per set (default 2000)")
    parser.add_argument("--sets", type=int, default=1, help="independent sets; 2 or more give a spread (default 1)")
    parser.add_argument(
        "--seed", type=int, default=0, help="set k has the image seeds seed + k n .. seed + (k + 1) n - 1"
    )
    _add_feature_arguments(parser)
    parser.add_argument("--floor", action="store_true", help="first a row of real test images: what no prior can beat")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")
    parser.add_argument("--label", default="", help="a name for people")
    parser.add_argument("--detach", action="store_true", help="evaluate in the background and return at once")
    parser.add_argument(
        "--run", default=None, metavar="RUN", help="show the rows of an earlier evaluation and measure nothing"
    )
    parser.add_argument(
        "--format", default=None, metavar="FORMAT", help="print csv, markdown or latex instead of a table"
    )
    add_json(parser)


def _add_feature_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dataset", default="cifar10", help="its training images are the real ones (default cifar10)")
    parser.add_argument("--extractor", default="cifar-cnn", help="cifar-cnn (default) or inception")
    parser.add_argument(
        "--layer", default="", help="inception: 64, 192, 768 or 2048; default the deepest that the weights give"
    )
    parser.add_argument(
        "--weights",
        type=Path,
        default=None,
        help="weights file for inception (default TDOT_INCEPTION, else downloaded)",
    )
    parser.add_argument("--metric", action="append", default=[], help="fd, recall_dist, ...; repeatable, default all")


def run(args: argparse.Namespace) -> Report:
    """Create the evaluation and do it here, or in the background with --detach; report its rows."""
    if args.json and args.format:
        raise TdotError("--json and --format are two answers; choose one.")
    if args.format:
        _check_format(args.format)
    if args.run is not None:
        return _shown(args.run, args.format)
    if not args.prior:
        raise TdotError(
            "An evaluation needs --prior, such as --prior ot; repeat it for several. --run RUN shows an earlier one."
        )
    from tdot_core.services.evaluation import create_evaluation

    made = create_evaluation(_spec(args), args.label, weights=args.weights)
    return _detached(made) if args.detach else _evaluated(made, args.format)


def _check_format(name: str) -> None:
    from tdot_core.errors import unknown_name
    from tdot_core.services.evaluation import EXPORTS

    if name not in EXPORTS:
        raise unknown_name("table format", name, EXPORTS)


def _spec(args: argparse.Namespace) -> EvaluationSpec:
    from tdot_core.services.evaluation import EvaluationSpec

    return EvaluationSpec(
        priors=tuple(args.prior), net=args.net, t_stars=tuple(args.t_star or [10]), n_steps=args.steps,
        samplers=tuple(args.sampler or ["ddim"]), eta=args.eta, n=args.n, sets=args.sets, seed=args.seed, dataset=args.dataset,
        extractor=args.extractor, layer=args.layer, clip_x0=not args.no_clip, metrics=tuple(args.metric),
        include_floor=args.floor, device=args.device,
    )  # fmt: skip


def _detached(made: Run) -> Report:
    from tdot_core.services.jobs.launcher import start

    status = start(made)
    text = f"{made.id}: {status.state}. Its rows so far: python -m tdot_core evaluate --run {made.id}"
    return Report({"run": made.id, "state": status.state}, text)


def _evaluated(made: Run, format: str | None) -> Report:
    from tdot_core.services.evaluation import read_rows
    from tdot_core.services.jobs.execute import execute
    from tdot_core.services.jobs.lock import run_lock
    from tdot_core.services.runs.store import delete_run

    try:
        with run_lock(made, "work"):
            status = execute(made, show)
    finally:
        show.close()
    rows = read_rows(made)
    if status.state == "failed":
        if rows:
            raise TdotError(f"{status.message} The {len(rows)} finished rows are kept: evaluate --run {made.id}")
        delete_run(made)
        raise TdotError(status.message)
    if status.state == "stopped":
        text = f"{made.id} is stopped. Continue: python -m tdot_core runs resume {made.id}"
        return Report(_documents(rows), "\n".join([*([_text(rows, format)] if rows else []), text]), exit_code=STOPPED)
    return Report(_documents(rows), _text(rows, format))


def _shown(run_id: str, format: str | None) -> Report:
    from tdot_core.services.evaluation import read_rows
    from tdot_core.services.runs.store import find_run

    rows = read_rows(find_run(run_id))
    return Report(_documents(rows), _text(rows, format) if rows else f"{run_id} has no finished row yet.")


def _documents(rows: list[EvaluationRow]) -> list[dict[str, object]]:
    return [row.to_json() for row in rows]


def _text(rows: list[EvaluationRow], format: str | None) -> str:
    from tdot_core.commands.columns import fitted
    from tdot_core.services.evaluation import export_rows
    from tdot_core.services.evaluation.table import lay_out

    if format is not None:
        return export_rows(rows, format).rstrip("\n")
    table = lay_out(rows, n=False)
    return "\n\n".join([fitted(table.header, table.cells, table.n_named), "\n".join([table.caption, *table.notes])])
