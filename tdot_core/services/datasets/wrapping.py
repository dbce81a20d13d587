"""Passing through folders that wrap everything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tdot_core.services.datasets.split_names import read_split_name

Parts = Mapping[str, Sequence[str]]
"""The parts of each image's path that still have to be understood, by its whole path."""

Sides = Mapping[str | None, Parts]
"""The images of each split (None: of no split), with the parts below it."""


def unwrap(parts_of: Parts) -> Parts:
    """Return the parts below the folders that every image shares."""
    while len({parts[0] for parts in parts_of.values()}) == 1 and all(len(parts) > 1 for parts in parts_of.values()):
        parts_of = {path: parts[1:] for path, parts in parts_of.items()}
    return parts_of


def unwrap_alike(sides: Sides) -> Sides:
    """Pass through a folder that wraps the classes of every split, such as train/images/cat beside test/images/cat."""
    while _one_wrapper(sides):
        sides = {split: {path: parts[1:] for path, parts in side.items()} for split, side in sides.items()}
    return sides


def folders_of(parts_of: Parts) -> set[str]:
    """Return the names of the uppermost folders."""
    return {parts[0] for parts in parts_of.values() if len(parts) > 1}


def _one_wrapper(sides: Sides) -> bool:
    paths = [parts for side in sides.values() for parts in side.values()]
    if not all(len(parts) > 1 for parts in paths) or not any(len(parts) > 2 for parts in paths):
        return False
    tops = {split: {parts[0] for parts in side.values()} for split, side in sides.items()}
    names = {top for side in tops.values() for top in side}
    repeated = all(len(side) == 1 for side in tops.values()) and all(read_split_name(top) for top in names)
    return len(names) == 1 or repeated
