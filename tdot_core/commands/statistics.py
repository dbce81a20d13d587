"""Write reference statistics that other tools read."""

from __future__ import annotations

import argparse
from pathlib import Path

from tdot_core.commands.bar import show
from tdot_core.commands.outside import OUTSIDE
from tdot_core.commands.report import Report, add_json
from tdot_core.errors import TdotError
from tdot_core.progress import finish
from tdot_core.services.catalogue.extractors import extractor_help, layer_help, resize_help, weights_help

NAME = "statistics"
HELP = "Write mean and covariance of features as npz (mu, sigma), the form that pytorch-fid and clean-fid read"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--dataset", default=None, help="a data set, whose split is taken")
    parser.add_argument("--split", default="train", help="train (default) or test")
    parser.add_argument(
        "--images",
        default=None,
        metavar="PATH",
        help=f"instead {OUTSIDE}, at their own size where the extractor takes any",
    )
    parser.add_argument("--extractor", default="inception", help=extractor_help("inception"))
    parser.add_argument("--layer", default="", help=f"{layer_help()}; default the deepest that the weights give")
    parser.add_argument("--weights", type=Path, default=None, help=weights_help())
    parser.add_argument("--resize", default="", help=resize_help())
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.npz", help="where to write")
    add_json(parser)


def run(args: argparse.Namespace) -> Report:
    """Extract the features and write their statistics."""
    if (args.dataset is None) == (args.images is None):
        raise TdotError("statistics needs --dataset or --images, one of them.")
    if args.out.suffix.lower() != ".npz":
        raise TdotError(f"--out must end in .npz, found {args.out.name[:80]!r}.")
    if not args.out.expanduser().resolve().parent.is_dir():
        raise TdotError(f"The folder of --out does not exist: {str(args.out.parent)[:200]}. Create it first.")
    from tdot_core.services.features.statistics_files import image_statistics, write_statistics

    try:
        found = finish(
            image_statistics(
                args.dataset,
                args.images,
                args.split,
                args.extractor,
                args.layer,
                weights=args.weights,
                device=args.device,
                resize=args.resize,
            ),
            show,
        )
    finally:
        show.close()
    write_statistics(found, args.out)
    facts = {
        "file": args.out.name,
        "of": found.name,
        "n": found.statistics.n,
        "extractor": found.extractor,
        "layer": found.layer,
        "size": found.size,
        "resize": found.resize,
    }
    text = (
        f"{args.out.name}: mu ({found.statistics.width},) and sigma of {found.statistics.n:,} images of {found.name} of {found.size}, "
        f"{found.extractor} layer {found.layer}. {found.note}"
    )
    return Report({**facts, "width": found.statistics.width, "note": found.note}, text.strip())
