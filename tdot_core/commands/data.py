"""`data`: import, download, list and delete data sets."""

from __future__ import annotations

import argparse
import math
from collections.abc import Generator
from pathlib import Path

from tdot_core.commands.bar import show
from tdot_core.commands.report import Report, add_json
from tdot_core.errors import TdotError, unknown_name
from tdot_core.progress import Progress, finish
from tdot_core.services import datasets
from tdot_core.services.datasets import DatasetInfo, load_dataset

NAME = "data"
HELP = "Import, download, list and delete data sets"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the four actions and their arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    bring = actions.add_parser("import", help="import a folder, zip or tar of images, or arrays")
    bring.add_argument(
        "source",
        metavar="SOURCE",
        type=Path,
        help="a folder, zip or tar of images: train/<class>/.., <class>/.. or flat; or npz, npy, idx, parquet, CIFAR's files",
    )
    bring.add_argument("--name", required=True, help="what to call it: a-z, 0-9, '.', '_', '-'")
    bring.add_argument("--strict", action="store_true", help="refuse the import when an image cannot be read")
    bring.add_argument(
        "--test-fraction", type=float, default=0.1, help="share held out for test without test folders (%(default)s)"
    )
    bring.add_argument(
        "--split",
        action="append",
        default=[],
        metavar="SPLIT=DIR",
        help="say what the splits are: train=DIR or test=DIR, DIR (or a file of arrays) inside the source; repeatable",
    )
    bring.add_argument(
        "--range",
        dest="values",
        choices=("unit", "signed", "byte"),
        default="",
        help="what the numbers of arrays mean that are not uint8: [0, 1], [-1, 1] or [0, 255]",
    )
    bring.add_argument(
        "--max-gib", type=float, default=4.0, help="what an archive may inflate to, in GiB (%(default)s)"
    )
    fetch = actions.add_parser("download", help="download CIFAR-10 (170 MB)")
    fetch.add_argument("name", metavar="NAME", help="cifar10")
    listing = actions.add_parser("list", help="list the data sets")
    remove = actions.add_parser("delete", help="delete a data set")
    remove.add_argument("name", metavar="NAME", help="a name or an id")
    for leaf in (bring, fetch, listing, remove):
        add_json(leaf)


def run(args: argparse.Namespace) -> Report:
    """Carry out one action; raises TdotError for the user's mistakes."""
    if args.action == "import":
        if not 0 < args.max_gib < math.inf:
            raise TdotError(f"--max-gib must be a number above 0, found {args.max_gib}.")
        work = datasets.import_images(
            args.source,
            args.name,
            strict=args.strict,
            test_fraction=args.test_fraction,
            max_bytes=int(args.max_gib * 2**30),
            splits=[_split(text) for text in args.split],
            values=args.values,
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


def _split(text: str) -> tuple[str, str]:
    split, equals, folder = text.partition("=")
    if split not in ("train", "test") or not equals or not folder:
        raise TdotError(f"--split is train=DIR or test=DIR, with DIR inside the source; found {text[:80]!r}.")
    return split, folder


def _classes(counts: dict[str, dict[str, int]]) -> list[str]:
    """Return a line per labelled split: its classes and their numbers of images, the first 20."""
    lines = []
    for split, numbers in counts.items():
        shown = ", ".join(f"{name} {n:,}" for name, n in list(numbers.items())[:20])
        if numbers:
            lines.append(f"{split}: {shown}" + (", ..." if len(numbers) > 20 else ""))
    return lines


def _arrived(work: Generator[Progress, None, DatasetInfo]) -> Report:
    try:
        info = finish(work, show)
    finally:
        show.close()
    made = load_dataset(info.id)
    counts = {split: made.class_counts(split) for split in ("train", "test")}
    lines = [_row(info), *_classes(counts), *info.notes]
    if said := info.copies():
        lines.append(said)
    if info.n_resized:
        lines.append(f"{info.n_resized:,} images were not 32x32: centre-cropped to a square and resized (bicubic).")
    if info.n_skipped:
        named = ", ".join(info.skipped[:5]) + (", ..." if info.n_skipped > 5 else "")
        lines.append(f"{info.n_skipped:,} images could not be read and were skipped: {named}. --strict says why.")
    if info.n_ignored:
        lines.append(f"{info.n_ignored:,} files that are no images of this data set were ignored.")
    return Report({**info.as_json(), "class_counts": counts}, "\n".join(lines))
