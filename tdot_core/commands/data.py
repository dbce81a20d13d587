"""`data`: import, download, list and delete data sets."""

from __future__ import annotations

import argparse
import math
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

from tdot_core.commands.bar import show
from tdot_core.commands.report import Report, add_json
from tdot_core.errors import TdotError, unknown_name
from tdot_core.progress import Progress, finish

if TYPE_CHECKING:
    from tdot_core.services.datasets import DatasetInfo

NAME = "data"
HELP = "Import, download, list and delete data sets"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the four actions and their arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    bring = actions.add_parser("import", help="import a folder or a zip of images")
    bring.add_argument(
        "source", metavar="SOURCE", type=Path, help="a folder or a zip: train/<class>/.., <class>/.. or flat"
    )
    bring.add_argument("--name", required=True, help="what to call it: a-z, 0-9, '.', '_', '-'")
    bring.add_argument("--strict", action="store_true", help="refuse the import when an image cannot be read")
    bring.add_argument(
        "--test-fraction", type=float, default=0.1, help="share held out for test without test folders (%(default)s)"
    )
    bring.add_argument("--max-gib", type=float, default=4.0, help="what a zip may inflate to, in GiB (%(default)s)")
    fetch = actions.add_parser("download", help="download CIFAR-10 (170 MB)")
    fetch.add_argument("name", metavar="NAME", help="cifar10")
    listing = actions.add_parser("list", help="list the data sets")
    remove = actions.add_parser("delete", help="delete a data set")
    remove.add_argument("name", metavar="NAME", help="a name or an id")
    for leaf in (bring, fetch, listing, remove):
        add_json(leaf)


def run(args: argparse.Namespace) -> Report:
    """Carry out one action; raises TdotError for the user's mistakes."""
    from tdot_core.services import datasets

    if args.action == "import":
        if not 0 < args.max_gib < math.inf:
            raise TdotError(f"--max-gib must be a number above 0, found {args.max_gib}.")
        work = datasets.import_images(
            args.source,
            args.name,
            strict=args.strict,
            test_fraction=args.test_fraction,
            max_bytes=int(args.max_gib * 2**30),
        )
        return _arrived(work)
    if args.action == "download":
        if args.name != "cifar10":
            raise unknown_name("data set to download", args.name, ["cifar10"])
        return _arrived(datasets.download_cifar10())
    if args.action == "delete":
        datasets.delete_dataset(args.name)
        return Report({"deleted": args.name}, f"Deleted the data set {args.name!r}.")
    infos = datasets.list_datasets()
    return Report([info.as_json() for info in infos], "\n".join(_row(info) for info in infos))


def _row(info: DatasetInfo) -> str:
    kinds = f"{len(info.classes)} classes" if info.classes else "unlabelled"
    counts = f"{info.n_train:>7,} train {info.n_test:>7,} test"
    return f"{info.name:<20} {info.id}  {counts}  {kinds:<12} {info.bytes_on_disk / 1e6:>8,.1f} MB  {info.source}"


def _arrived(work: Generator[Progress, None, DatasetInfo]) -> Report:
    try:
        info = finish(work, show)
    finally:
        show.close()
    lines = [_row(info)]
    if info.n_resized:
        lines.append(f"{info.n_resized:,} images were not 32x32: centre-cropped to a square and resized (bicubic).")
    if info.n_skipped:
        named = ", ".join(info.skipped[:5]) + (", ..." if info.n_skipped > 5 else "")
        lines.append(f"{info.n_skipped:,} images could not be read and were skipped: {named}. --strict says why.")
    if info.n_ignored:
        lines.append(f"{info.n_ignored:,} files that are no images of this data set were ignored.")
    return Report(info.as_json(), "\n".join(lines))
