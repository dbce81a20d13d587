"""Run a grid of trainings and evaluations from a file."""

from __future__ import annotations

import argparse
import sys
import time
from contextlib import redirect_stdout, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from tdot_core.commands.bar import show
from tdot_core.commands.columns import fitted
from tdot_core.commands.report import Report, add_json
from tdot_core.commands.write_report import make_report
from tdot_core.errors import TdotError
from tdot_core.services.report.findings import write_findings
from tdot_core.services.results.benchmark import TableRow
from tdot_core.services.results.export import export_bytes, format_of
from tdot_core.services.results.rows import EvaluationRow
from tdot_core.services.storage.files import write_atomically, write_text
from tdot_core.services.storage.readonly import refuse_when_read_only
from tdot_core.services.sweep.document import SweepFile, read_sweep
from tdot_core.services.sweep.kept import as_run, keep_hardware, keep_sweep
from tdot_core.services.sweep.launchers import launchers
from tdot_core.services.sweep.nodes import record_of
from tdot_core.services.sweep.plan import hardware_for, planned
from tdot_core.services.sweep.state import state_of, stop_path
from tdot_core.services.sweep.table import merged, table_of, write_table

NAME = "sweep"
HELP = (
    "Run a grid of trainings and evaluations from a TOML file: check, plan, run, status, stop, rows, report, findings"
)
HEADER = ("prior", "t*", "sampler", "grid", "NFE", "Fréchet distance")
ACTIONS = ("check", "plan", "run", "status", "stop", "rows", "report", "findings")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "action",
        choices=ACTIONS,
        help="check the file; show the plan; run it; how far it is; stop it; its rows; a page of them; what they say, as Markdown and figures",
    )
    parser.add_argument("file", type=Path, help="the sweep, a TOML file")
    parser.add_argument(
        "--out",
        type=Path,
        default=None,
        help="rows: write them here (.csv, .md, .tex, .parquet, .bib); report: a file .html or a folder; findings: a folder",
    )
    parser.add_argument(
        "--merge",
        type=Path,
        action="append",
        default=[],
        metavar="FILE.parquet",
        help="rows: add the lines of a table that another machine wrote; repeatable",
    )
    parser.add_argument(
        "--block", action="append", default=[], metavar="NAME", help="only the blocks of this name; repeatable"
    )
    parser.add_argument("--launcher", default="local", metavar="KEY", help="run: what does the work, local or ray")
    parser.add_argument(
        "--address", default="", metavar="auto|HOST:PORT", help="run: the Ray cluster; auto: the one of this machine"
    )
    add_json(parser)


def run(args: argparse.Namespace) -> Report:
    """Do what was asked; a sweep with failed nodes ends with exit code 1."""
    begun = time.time()
    sweep = read_sweep(args.file).only(args.block)
    if args.action == "check":
        n = _check_settings(sweep)
        return Report({"name": sweep.name, "cells": n}, f"{args.file.name} is a sweep of {n:,} cells.")
    if args.action == "stop":
        return _stop(sweep.name)
    if args.action == "run":
        _check_settings(sweep)
    sweep = sweep if args.action in ("plan", "run") else as_run(sweep)
    cells, nodes = planned(sweep)
    if args.action == "run":
        return _run(sweep, nodes, args, begun)
    if args.action == "rows":
        return _rows(nodes, args.out, args.merge)
    if args.action == "report":
        return _report(sweep.name, nodes, args.out)
    if args.action == "findings":
        return _findings(sweep, args.out)
    return _state(sweep.name, len(cells), nodes)


def _check_settings(sweep: SweepFile) -> int:
    from tdot_core.services.sweep.checking import check_settings

    return check_settings(sweep)


def _state(name: str, cells: int, nodes: dict[str, Any]) -> Report:
    state = state_of(nodes)
    lines = [f"{name}: {cells:,} cells, {len(nodes):,} nodes"]
    for kind, facts in state["kinds"].items():
        left = facts["seconds_left"]
        shipped = "on two cores, mostly guessed" if kind == "train" else "at the shipped rates of two cores"
        rate = "at the rate so far" if facts["done"] else shipped
        time = "not known yet" if left is None else f"about {left / 60:,.1f} min left {rate}"
        lines.append(f"{kind:<10}{facts['done']:>8,} of {facts['all']:,} done, {facts['failed']} failed; {time}")
    known = [facts["seconds_left"] for facts in state["kinds"].values()]
    hours = sum(left or 0.0 for left in known) / 3600
    lines.append(f"together about {hours:.1f} hours{' and the trainings' if None in known else ''} of one such machine")
    lines += [f"failed: {title}: {why}" for title, why in list(state["failures"].items())[:20]]
    return Report({"name": name, "cells": cells, **state}, "\n".join(lines))


def _run(sweep: SweepFile, nodes: dict[str, Any], args: argparse.Namespace, begun: float) -> Report:
    name, launcher = sweep.name, launchers.get(args.launcher)(args.address, hardware_for(sweep), sweep.threads)
    # stdout is for the answer alone: Ray writes there what happens to nodes of the cluster.
    with redirect_stdout(sys.stderr):
        launcher.open()
        try:
            keep_sweep(args.file.read_text(encoding="utf-8"), args.file.stem)  # where Benchmark shows it
            keep_hardware(name, hardware_for(sweep))
            _forget_stop(stop_path(name), begun)
            outcome = launcher.run(nodes, stop_path(name), show)
        except OSError as error:
            raise TdotError(
                f"The disk or system refused: {error.strerror or error}. What is stored is kept; free space and run again."
            ) from error
        finally:
            show.close()
            launcher.close()
    document = {
        "name": name,
        "done": len(outcome.done),
        "failed": outcome.failed,
        "waiting": len(outcome.waiting),
        "stopped": outcome.stopped,
    }
    text = f"{name}: {len(outcome.done):,} nodes done now, {len(outcome.failed)} failed, {len(outcome.waiting)} left."
    text += "".join(f"\nfailed: {nodes[key].title}: {why}" for key, why in list(outcome.failed.items())[:20])
    return Report(document, text, exit_code=1 if outcome.failed else 0)


def _forget_stop(path: Path, begun: float) -> None:
    """Remove a wish to stop that is older than this command; one that came while it planned counts."""
    with suppress(FileNotFoundError):
        if path.stat().st_mtime <= begun:
            path.unlink()


def _stop(name: str) -> Report:
    refuse_when_read_only()
    try:
        write_text(stop_path(name), "stop\n")
    except OSError as error:
        raise TdotError(
            f"{name} cannot be told to stop ({error.strerror or error}). Free space, and try again."
        ) from error
    return Report(
        {"name": name, "stopping": True}, f"{name} stops after the nodes at work; `sweep run` goes on from there."
    )


def _report(name: str, nodes: dict[str, Any], out: Path | None) -> Report:
    if out is None:
        raise TdotError("Where to? Give --out FILE.html or a folder.")
    rows = [TableRow(row, name) for row in _finished(nodes)]
    path = make_report(rows, out, f"Sweep {name}", pictures=True)
    return Report(
        {"path": str(path), "rows": len(rows)},
        f"{path}: {len(rows):,} rows. Open it in a browser; it needs nothing else.",
    )


def _findings(sweep: SweepFile, out: Path | None) -> Report:
    """Write what every block of a sweep says; blocks without a finished row are left out."""
    if out is None:
        raise TdotError("Where to? Give --out FOLDER.")
    blocks = [(block.place, _rows_of(planned(replace(sweep, blocks=(block,)))[1])) for block in sweep.blocks]
    paths = write_findings(sweep.name, blocks, out.expanduser())
    rows = sum(len(found) for _, found in blocks)
    return Report(
        {"files": [str(path) for path in paths], "rows": rows}, f"{paths[0]}: {rows:,} rows, {len(paths) - 1} figures."
    )


def _finished(nodes: dict[str, Any]) -> list[Any]:
    """Return the rows that are finished; raises TdotError for none."""
    rows = _rows_of(nodes)
    if not rows:
        raise TdotError("This sweep has no finished row yet. Run it first: tdot sweep run FILE.")
    return rows


def _rows_of(nodes: dict[str, Any]) -> list[Any]:
    records = [record_of(key) for key, node in nodes.items() if node.kind == "row"]
    return [EvaluationRow.from_json(row) for record in records if record is not None for row in record["rows"]]


def _rows(nodes: dict[str, Any], out: Path | None, others: list[Path]) -> Report:
    form = None if out is None else format_of(out)
    rows = _finished(nodes)
    if others and form != "parquet":
        raise TdotError("--merge puts tables together into one: give --out FILE.parquet with it.")
    if out is not None and form == "parquet":
        write_table(merged(table_of(nodes), others), out)
    elif out is not None and form is not None:
        content = export_bytes(rows, form)
        try:
            write_atomically(out, lambda path: path.write_bytes(content))
        except OSError as error:
            raise TdotError(f"{out} cannot be written ({error.strerror or error}). Give another --out.") from error
    lines = [[r.label, str(r.t_star), r.sampler, r.grid, str(r.nfe), _fd(r)] for r in rows]
    return Report([r.to_json() for r in rows], fitted(HEADER, lines, 2))


def _fd(row: Any) -> str:
    value = row.metrics.get("fd")
    return "-" if value is None or value.value is None else f"{value.value:.4g}"
