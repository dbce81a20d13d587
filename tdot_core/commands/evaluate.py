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
HELP = "Measure images from priors, or made by any tool, against real ones: one row per prior, t_star and sampler"

STOPPED = 130


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--prior", action="append", default=[], help="key (its best run), run id, or oracle:DATASET; repeatable"
    )
    parser.add_argument(
        "--images", action="append", default=[], metavar="PATH",
        help="a folder, zip or npz (`images` or `arr_0`, uint8 n x h x w x 3) made by any tool; repeatable",
    )  # fmt: skip
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
    parser.add_argument(
        "--floor", action=argparse.BooleanOptionalAction, default=True,
        help="first a row of real test images: what no prior can beat (default)",
    )  # fmt: skip
    parser.add_argument(
        "--prior-error", action="store_true",
        help="split the error: what is wrong at x_{t_star}, the denoiser's floor (the oracle) and the gap above it",
    )  # fmt: skip
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
        "--out", action="append", type=Path, default=[], metavar="FILE",
        help="also write the rows to FILE.csv, .parquet, .md, .tex or .bib; repeatable",
    )  # fmt: skip
    add_json(parser)


def _add_feature_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dataset", default="cifar10", help="its training images are the real ones (default cifar10)")
    parser.add_argument("--extractor", default="cifar-cnn", help="cifar-cnn (default) or inception")
    parser.add_argument(
        "--statistics", default="", metavar="FILE",
        help="compare with the mu and sigma of this npz (pytorch-fid, clean-fid) instead of a data set",
    )  # fmt: skip
    parser.add_argument(
        "--layer", action="append", default=[],
        help="inception: 64, 192, 768 or 2048, repeatable (one forward gives all); default the deepest that the weights give",
    )  # fmt: skip
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
    _check_out(args)
    if args.run is not None:
        return _shown(args.run, args)
    if not args.prior and not args.images:
        raise TdotError(
            "An evaluation needs --prior, such as --prior ot; repeat it for several. --images PATH measures images made "
            "elsewhere, --run RUN shows an earlier evaluation."
        )
    from tdot_core.services.evaluation import create_evaluation

    made = create_evaluation(_spec(args), args.label, weights=args.weights)
    return _detached(made) if args.detach else _evaluated(made, args)


def _check_out(args: argparse.Namespace) -> None:
    from tdot_core.services.evaluation.export import format_of

    for path in args.out:
        format_of(path)
    if args.out and args.detach:
        raise TdotError(
            "--out needs the finished rows; leave --detach out, or export later with evaluate --run RUN --out FILE."
        )


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
        extractor=args.extractor, layers=tuple(args.layer), clip_x0=not args.no_clip, metrics=tuple(args.metric),
        include_floor=args.floor, device=args.device, images=tuple(map(_absolute, args.images)),
        statistics=_absolute(args.statistics) if args.statistics else "", prior_error=args.prior_error, precision=args.precision,
    )  # fmt: skip


def _detached(made: Run) -> Report:
    from tdot_core.services.jobs.launcher import start

    status = start(made)
    text = f"{made.id}: {status.state}. Its rows so far: python -m tdot_core evaluate --run {made.id}"
    return Report({"run": made.id, "state": status.state}, text)


def _absolute(path: str) -> str:
    # A detached worker, or a resume, runs elsewhere.
    return str(Path(path).expanduser().absolute())


def _evaluated(made: Run, args: argparse.Namespace) -> Report:
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
    from tdot_core.services.evaluation import read_rows
    from tdot_core.services.runs.store import find_run

    rows = read_rows(find_run(run_id))
    return _answer(rows, args) if rows else Report(_documents(rows, args), f"{run_id} has no finished row yet.")


def _answer(rows: list[EvaluationRow], args: argparse.Namespace) -> Report:
    from tdot_core.services.evaluation.export import export_bytes, format_of
    from tdot_core.services.files import write_atomically

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
    from tdot_core.services.evaluation import decompose
    from tdot_core.services.evaluation.compared import against_first

    more: dict[str, object] = {"rows": plain}
    if args.compare:
        more["comparisons"] = [one.to_json() for one in against_first(rows)]
    if args.prior_error:
        more["prior_error"] = [split.to_json() for split in decompose(rows)]
    return more


def _text(rows: list[EvaluationRow], args: argparse.Namespace) -> str:
    from tdot_core.commands.columns import fitted
    from tdot_core.services.evaluation import export_rows
    from tdot_core.services.evaluation.table import by_space, lay_out

    if args.format is not None:
        return export_rows(rows, args.format).rstrip("\n")
    parts = []
    for space in by_space(rows):
        table = lay_out(space, n=False)
        parts += [fitted(table.header, table.cells, table.n_named), "\n".join([table.caption, *table.notes])]
    return "\n\n".join([*parts, *_more(rows, args)])


def _more(rows: list[EvaluationRow], args: argparse.Namespace) -> list[str]:
    from tdot_core.commands.columns import fitted

    parts = []
    if args.prior_error:
        from tdot_core.services.evaluation.decomposition import EXPLAINED, HEADER, decompose, split_cells

        splits = decompose(rows)
        parts += [fitted(HEADER, [split_cells(split) for split in splits], 2), EXPLAINED] if splits else []
    if args.compare:
        from tdot_core.commands.compare import compared_text
        from tdot_core.services.evaluation.compared import against_first

        found = against_first(rows)
        parts.append(compared_text(found) if found else "There is no second prior at one setting to compare with.")
    return parts
