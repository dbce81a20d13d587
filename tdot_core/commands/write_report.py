"""Write a report of measured rows."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from tdot_core.commands.bar import show
from tdot_core.commands.report import Report, add_json
from tdot_core.errors import TdotError
from tdot_core.progress import Progress
from tdot_core.services.report.sheets import chosen_rows, draw_sheets
from tdot_core.services.results.benchmark import TableRow, own_rows, shipped_rows
from tdot_core.services.results.paired import is_named
from tdot_core.services.results.rows import read_rows
from tdot_core.services.runs.store import find_run

NAME = "report"
HELP = "Write measured rows as one self-contained page: figures, tables, pictures, commands, provenance, BibTeX"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR_OR_HTML", help="a file .html, or a folder for report.html"
    )
    parser.add_argument(
        "--run",
        action="append",
        default=[],
        metavar="RUN",
        help="rows of this evaluation; repeatable (default: the shipped rows and all your own)",
    )
    parser.add_argument(
        "--prior", action="append", default=[], help="only this prior: key, run id or label; repeatable"
    )
    parser.add_argument(
        "--space", action="append", default=[], metavar="EXTRACTOR[:LAYER]", help="only these features; repeatable"
    )
    parser.add_argument("--t-star", action="append", default=[], type=int, help="only this start; repeatable")
    parser.add_argument("--title", default="TDOT report")
    parser.add_argument("--no-pictures", action="store_true", help="draw no sample sheets")
    add_json(parser)


def run(args: argparse.Namespace) -> Report:
    """Write the page; nothing is measured, and pictures are drawn unless told otherwise."""
    rows = _chosen(args)
    path = make_report(rows, args.out, args.title, pictures=not args.no_pictures)
    document = {"path": str(path), "rows": len(rows), "bytes": path.stat().st_size}
    return Report(
        document,
        f"{path}: {len(rows):,} rows, {path.stat().st_size / 1e6:.1f} MB. Open it in a browser; it needs nothing else.",
    )


def make_report(rows: Sequence[TableRow], out: Path, title: str, *, pictures: bool) -> Path:
    """Write the report of some rows and return where it lies, showing which prior is being drawn."""
    from tdot_core.services.report.page import report_page, write_report

    wanted = chosen_rows([item.row for item in rows]) if pictures else []
    sheets = []
    try:
        for k, sheet in enumerate(draw_sheets(wanted), 1):
            show(Progress(k, len(wanted), {}, f"drew {sheet.row.label}"))
            sheets.append(sheet)
    finally:
        show.close()
    return write_report(out, report_page(rows, title, sheets))


def _chosen(args: argparse.Namespace) -> list[TableRow]:
    if args.run:
        rows = [TableRow(row, name) for name in args.run for row in read_rows(find_run(name))]
    else:
        rows = shipped_rows() + own_rows()
    found = [
        item
        for item in rows
        if (not args.prior or any(is_named(item.row, name) or item.row.key == name for name in args.prior))
        and (not args.space or any(_in_space(item, name) for name in args.space))
        and (not args.t_star or item.row.t_star in args.t_star)
    ]
    if not found:
        known = ", ".join(dict.fromkeys(f"{item.row.extractor}:{item.row.layer}" for item in rows)) or "none yet"
        raise TdotError(
            f"No row has all of --prior, --space and --t-star as asked, among {len(rows):,}. Spaces: {known}."
        )
    return found


def _in_space(item: TableRow, name: str) -> bool:
    extractor, _, layer = name.partition(":")
    return item.row.extractor == extractor and layer in ("", item.row.layer)
