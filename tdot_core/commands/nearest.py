"""Look for copies of training images."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tdot_core.commands.bar import show
from tdot_core.commands.classes import add_class, net_name
from tdot_core.commands.columns import fitted
from tdot_core.commands.outside import OUTSIDE
from tdot_core.commands.report import Report, add_json
from tdot_core.errors import TdotError
from tdot_core.maths.grid import UNIFORM
from tdot_core.models.extractors import DEFAULT
from tdot_core.progress import finish
from tdot_core.services.catalogue.chains import grid_labels, sampler_labels
from tdot_core.services.catalogue.extractors import extractor_help, layer_help, weights_help
from tdot_core.services.results.table import value_text

if TYPE_CHECKING:
    from tdot_core.services.copies.search import Memorisation

NAME = "nearest"
HELP = (
    "Find the training image nearest to each image of a prior, or of a folder, archive or file of arrays: is it a copy?"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--prior", default=None, help="key (its best run), run id, or oracle:DATASET")
    parser.add_argument(
        "--images", default=None, metavar="PATH", help=f"{OUTSIDE} made by any tool, instead of a prior"
    )
    parser.add_argument("--net", default="denoiser", help="denoiser run id, diffusers folder or hub id")
    add_class(parser)
    parser.add_argument("--t-star", type=int, default=10, help="truncation step, 1..1000 (default 10)")
    parser.add_argument("--steps", type=int, default=10, help="reverse steps, at most t_star (default 10)")
    parser.add_argument("--sampler", default="ddim", help=f"{', '.join(sampler_labels())} (default ddim)")
    parser.add_argument(
        "--grid", default=UNIFORM, help=f"where in time the calls lie: {', '.join(grid_labels())} (default uniform)"
    )
    parser.add_argument("--n", type=int, default=None, help="images to look at (default 200; of --images all of them)")
    parser.add_argument("--seed", type=int, default=0, help="first image seed")
    parser.add_argument("--dataset", default="cifar10", help="its training images are searched (default cifar10)")
    parser.add_argument("--extractor", default=DEFAULT, help=extractor_help(DEFAULT))
    parser.add_argument("--layer", default="", help=f"{layer_help()}; default the deepest")
    parser.add_argument("--weights", type=Path, default=None, help=weights_help())
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")
    parser.add_argument(
        "--out", type=Path, default=None, metavar="FILE.png", help="write the closest pairs as a picture"
    )
    add_json(parser)


def run(args: argparse.Namespace) -> Report:
    """Draw or read the images, search the whole training split, and report the closest pairs."""
    if (args.prior is None) == (args.images is None):
        raise TdotError("nearest needs --prior or --images, one of them.")
    if args.out is not None and args.out.suffix.lower() != ".png":
        raise TdotError(f"--out must end in .png, found {args.out.name[:80]!r}.")
    from tdot_core.services.copies.search import MemorisationSpec, memorisation, pairs_sheet

    spec = MemorisationSpec(
        args.prior,
        args.images,
        net_name(args),
        args.t_star,
        args.steps,
        args.sampler,
        args.n,
        args.seed,
        args.dataset,
        args.extractor,
        args.layer,
        args.device,
        args.grid,
    )
    try:
        found = finish(memorisation(spec, args.weights), show)
    finally:
        show.close()
    if args.out is not None:
        pairs_sheet(found.matches, args.out)
    return Report(_document(found), _text(found))


def _document(found: Memorisation) -> dict[str, Any]:
    return {
        "label": found.label,
        "dataset": found.dataset,
        "note": found.note,
        "matches": [one.to_json() for one in found.matches],
        "metrics": {key: {"name": title, **value.to_json()} for key, (title, value) in found.metrics.items()},
    }


def _text(found: Memorisation) -> str:
    lines = [f"{found.label} against the training images of {found.dataset}"]
    for one in found.matches:
        rows = [
            [f"{k + 1}", f"{i}", f"{r}", f"{d:.4g}"]
            for k, (i, r, d) in enumerate(zip(one.index, one.rows, one.distances, strict=True))
        ]
        lines += [one.sentence(), fitted(["closest", "image", "training row", "distance"], rows, 1)]
    lines += [
        f"{title}: {value_text(value)}" + (f" ({value.note})" if value.note else "")
        for title, value in found.metrics.values()
    ]
    return "\n\n".join([*lines, *([found.note] if found.note else [])])
