"""The class that a class-conditional denoiser is asked for."""

from __future__ import annotations

import argparse


def add_class(parser: argparse.ArgumentParser) -> None:
    """Declare --class."""
    parser.add_argument(
        "--class",
        dest="class_label",
        type=int,
        default=None,
        metavar="K",
        help="the class to draw, for a denoiser that knows classes",
    )


def net_name(args: argparse.Namespace) -> str:
    """Return the denoiser's name with the class that was asked for."""
    return str(args.net) if args.class_label is None else f"{args.net}@class={args.class_label}"
