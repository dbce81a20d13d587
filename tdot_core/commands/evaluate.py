"""Measure priors."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from tdot_core.commands.bar import show
from tdot_core.commands.classes import add_class, net_name
from tdot_core.commands.columns import fitted
from tdot_core.commands.compare import compared_text
from tdot_core.commands.outside import OUTSIDE
from tdot_core.commands.report import Report, add_json
from tdot_core.errors import TdotError, unknown_name
from tdot_core.maths.grid import UNIFORM
from tdot_core.models.extractors import DEFAULT
from tdot_core.services.catalogue.chains import grid_labels, sampler_labels
from tdot_core.services.catalogue.extractors import extractor_help, layer_help, resize_help, weights_help
from tdot_core.services.catalogue.metrics import metric_help
from tdot_core.services.jobs.execute import execute
from tdot_core.services.jobs.launcher import start
from tdot_core.services.jobs.lock import run_lock
from tdot_core.services.results.comparison import against_first
from tdot_core.services.results.error_split import EXPLAINED, HEADER, decompose, split_table
from tdot_core.services.results.export import EXPORTS, export_bytes, export_rows, format_of
from tdot_core.services.results.rows import EvaluationRow, read_rows
from tdot_core.services.results.table import by_space, lay_out
from tdot_core.services.runs.store import Run, delete_run, find_run
from tdot_core.services.storage.files import write_atomically

if TYPE_CHECKING:
    from tdot_core.services.evaluation.spec import EvaluationSpec
NAME = "evaluate"
HELP = "Measure images from priors, or made by any tool, against real ones: one row per prior, t_star and sampler"

STOPPED = 130
DATASET = "cifar10"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--prior", action="append", default=[], help="key (its best run), run id, or oracle:DATASET; repeatable"
    )
    parser.add_argument(
        "--images",
        action="append",
        default=[],
        metavar="PATH",
        help=f"{OUTSIDE} made by any tool; repeatable",
    )
    parser.add_argument("--net", default="denoiser", help="denoiser run id, diffusers folder or hub id")
    add_class(parser)
    parser.add_argument(
        "--t-star", action="append", type=int, default=[], help="truncation step, 1..1000 (default 10); repeatable"
    )
    parser.add_argument("--steps", type=int, default=10, help="reverse steps, at most the smallest t_star (default 10)")
    parser.add_argument(
        "--sampler", action="append", default=[], help=f"{', '.join(sampler_labels())} (default ddim); repeatable"
    )
    parser.add_argument(
        "--grid",
        action="append",
        default=[],
        help=f"where in time the calls lie: {', '.join(grid_labels())} (default uniform); repeatable",
    )
    parser.add_argument("--eta", type=float, default=None, help="ddim only: 0 deterministic .. 1 ancestral")
    parser.add_argument("--no-clip", action="store_true", help="do not clamp x0_hat to [-1, 1]")
    parser.add_argument(
        "--n", type=int, default=None, help="images per set (default 2000; of --images without a prior, all of them)"
    )
    parser.add_argument("--sets", type=int, default=1, help="independent sets; 2 or more give a spread (default 1)")
    parser.add_argument(
        "--seed", type=int, default=0, help="set k has the image seeds seed + k n .. seed + (k + 1) n - 1"
    )
    _add_feature_arguments(parser)
    parser.add_argument(
        "--floor",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="first a row of real test images: what no prior can beat (default, beside --statistics or --real only with --dataset)",
    )
    parser.add_argument(
        "--prior-error",
        action="store_true",
        help="split the error: what is wrong at x_{t_star}, the denoiser's floor (the oracle) and the gap above it",
    )
    parser.add_argument(
        "--compare", action="store_true", help="compare every other prior with the first, from common seeds"
    )
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")
    parser.add_argument(
        "--precision",
        default="fp32",
        help="inside the denoiser: fp32 (default), or bf16 where the device computes in it",
    )
    parser.add_argument("--label", default="", help="a name for people")
    parser.add_argument("--detach", action="store_true", help="evaluate in the background and return at once")
    parser.add_argument(
        "--run", default=None, metavar="RUN", help="show the rows of an earlier evaluation and measure nothing"
    )
    parser.add_argument(
        "--format", default=None, metavar="FORMAT", help="print csv, markdown, latex or bibtex instead of a table"
    )
    parser.add_argument(
        "--out",
        action="append",
        type=Path,
        default=[],
        metavar="FILE",
        help="also write the rows to FILE.csv, .parquet, .md, .tex or .bib; repeatable",
    )
    add_json(parser)


def _add_feature_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dataset", default=None, help="its training images are the real ones (default cifar10)")
    parser.add_argument("--extractor", default=DEFAULT, help=extractor_help(DEFAULT))
    parser.add_argument(
        "--statistics",
        default="",
        metavar="FILE",
        help="compare with the mu and sigma of this npz (pytorch-fid, clean-fid) instead of a data set",
    )
    parser.add_argument(
        "--real",
        default="",
        metavar="PATH",
        help=f"compare with real images instead of a data set, with inception at their own size: {OUTSIDE}",
    )
    parser.add_argument("--resize", default="", help=resize_help())
    parser.add_argument(
        "--layer",
        action="append",
        default=[],
        help=f"{layer_help()}, repeatable (one forward gives all); default the deepest that the weights give",
    )
    parser.add_argument(
        "--weights",
        type=Path,
        default=None,
        help=weights_help(),
    )
    parser.add_argument(
        "--metric",
        action="append",
        default=[],
        help=f"{metric_help()}; repeatable, default all",
    )


def run(args: argparse.Namespace) -> Report:
    """Create the evaluation and do it here, or in the background with --detach; report its rows."""
    if args.json and args.format:
        raise TdotError("--json and --format are two answers; choose one.")
    if args.format:
        _check_format(args.format)
    _check_out(args)
    if args.run is not None:
        return _shown(args.run, args)
    if not args.prior and not args.images:
        raise TdotError(
            "An evaluation needs --prior, such as --prior ot; repeat it for several. --images PATH measures images made "
            "elsewhere, --run RUN shows an earlier evaluation."
        )
    from tdot_core.services.evaluation.job import create_evaluation

    made = create_evaluation(_spec(args), args.label, weights=args.weights)
    return _detached(made) if args.detach else _evaluated(made, args)


def _check_out(args: argparse.Namespace) -> None:
    for path in args.out:
        format_of(path)
    if args.out and args.detach:
        raise TdotError(
            "--out needs the finished rows; leave --detach out, or export later with evaluate --run RUN --out FILE."
        )


def _check_format(name: str) -> None:
    if name not in EXPORTS:
        raise unknown_name("table format", name, EXPORTS)


def _spec(args: argparse.Namespace) -> EvaluationSpec:
    from tdot_core.services.evaluation.spec import EvaluationSpec

    return EvaluationSpec(
        priors=tuple(args.prior),
        net=net_name(args),
        t_stars=tuple(args.t_star or [10]),
        n_steps=args.steps,
        samplers=tuple(args.sampler or ["ddim"]),
        grids=tuple(args.grid or [UNIFORM]),
        eta=args.eta,
        n=_n(args),
        sets=args.sets,
        seed=args.seed,
        dataset=args.dataset or DATASET,
        extractor=args.extractor,
        layers=tuple(args.layer),
        clip_x0=not args.no_clip,
        metrics=tuple(args.metric),
        include_floor=_floor(args),
        device=args.device,
        images=tuple(map(_absolute, args.images)),
        statistics=_absolute(args.statistics) if args.statistics else "",
        real=_absolute(args.real) if args.real else "",
        resize=args.resize,
        prior_error=args.prior_error,
        precision=args.precision,
    )


def _floor(args: argparse.Namespace) -> bool:
    """Return whether to show real test images; those of a data set nobody named say nothing about a brought real side."""
    foreign = bool(args.statistics or args.real) and args.dataset is None
    if args.floor and foreign:
        raise TdotError("--floor beside --statistics or --real needs --dataset, whose test images the row is of.")
    return not foreign if args.floor is None else bool(args.floor)


def _n(args: argparse.Namespace) -> int:
    from tdot_core.services.evaluation.spec import MAX_N

    if args.n is not None:
        return int(args.n)
    return 2000 if args.prior or args.sets > 1 else MAX_N


def _detached(made: Run) -> Report:
    status = start(made)
    text = f"{made.id}: {status.state}. Its rows so far: python -m tdot_core evaluate --run {made.id}"
    return Report({"run": made.id, "state": status.state}, text)


def _absolute(path: str) -> str:
    # A detached worker, or a resume, runs elsewhere.
    return str(Path(path).expanduser().absolute())


def _evaluated(made: Run, args: argparse.Namespace) -> Report:
    try:
        with run_lock(made, "work"):
            status = execute(made, show)
    finally:
        show.close()
    rows = read_rows(made)
    if status.state == "failed":
        if any(not row.is_floor for row in rows):
            raise TdotError(f"{status.message} The {len(rows)} finished rows are kept: evaluate --run {made.id}")
        delete_run(made)
        raise TdotError(status.message)
    if status.state == "stopped":
        text = f"{made.id} is stopped. Continue: python -m tdot_core runs resume {made.id}"
        return Report(
            _documents(rows, args), "\n".join([*([_text(rows, args)] if rows else []), text]), exit_code=STOPPED
        )
    return _answer(rows, args)


def _shown(run_id: str, args: argparse.Namespace) -> Report:
    rows = read_rows(find_run(run_id))
    return _answer(rows, args) if rows else Report(_documents(rows, args), f"{run_id} has no finished row yet.")


def _answer(rows: list[EvaluationRow], args: argparse.Namespace) -> Report:
    written = []
    for path in args.out:
        content = export_bytes(rows, format_of(path))
        try:
            write_atomically(path, lambda temporary, content=content: temporary.write_bytes(content))  # type: ignore[misc]
        except OSError as error:
            raise TdotError(
                f"{path.name} could not be written: {error.strerror}. The rows are kept in the run."
            ) from error
        written.append(path.name)
    note = [f"Written: {', '.join(written)}."] if written and not args.format else []
    return Report(_documents(rows, args), "\n\n".join([_text(rows, args), *note]))


def _documents(rows: list[EvaluationRow], args: argparse.Namespace) -> object:
    """Return the rows, or with --compare or --prior-error an object that holds them beside those."""
    plain = [row.to_json() for row in rows]
    if not (args.compare or args.prior_error):
        return plain
    more: dict[str, object] = {"rows": plain}
    if args.compare:
        more["comparisons"] = [one.to_json() for one in against_first(rows)]
    if args.prior_error:
        more["prior_error"] = [split.to_json() for split in decompose(rows)]
    return more


def _text(rows: list[EvaluationRow], args: argparse.Namespace) -> str:
    if args.format is not None:
        return export_rows(rows, args.format).rstrip("\n")
    parts = []
    for space in by_space(rows):
        table = lay_out(space, n=False)
        parts += [fitted(table.header, table.cells, table.n_named), "\n".join([table.caption, *table.notes])]
    return "\n\n".join([*parts, *_more(rows, args)])


def _more(rows: list[EvaluationRow], args: argparse.Namespace) -> list[str]:
    parts = []
    if args.prior_error:
        splits = decompose(rows)
        parts += [fitted(HEADER, split_table(splits), 2), EXPLAINED] if splits else []
    if args.compare:
        found = against_first(rows)
        parts.append(compared_text(found) if found else "There is no second prior at one setting to compare with.")
    return parts
