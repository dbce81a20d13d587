"""What the folders of a collection mean: splits, classes, or nothing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tdot_core.errors import TdotError
from tdot_core.services.datasets.split_folders import find_splits
from tdot_core.services.datasets.split_names import read_split_name
from tdot_core.services.datasets.wrapping import Parts, Sides, folders_of, unwrap, unwrap_alike

_SHARD, _SHARD_FILE = re.compile(r"\d{5}"), re.compile(r"img\d{8}\.\w+")


@dataclass(frozen=True)
class Place:
    """Say where one image belongs: its path, split (None: to be held out by content) and class (None: unlabelled)."""

    path: str
    split: str | None
    label: str | None


@dataclass(frozen=True)
class Layout:
    """Hold the place of every image that is used, and sentences about what was left out or read in a special way."""

    places: list[Place]
    notes: tuple[str, ...] = ()


def clean_path(path: str) -> str:
    """Return a posix path as it is compared and shown, the same from every machine: NFC, encodable, no "." parts."""
    plain = "/".join(part for part in path.split("/") if part not in ("", "."))
    return unicodedata.normalize("NFC", plain).encode("utf-8", "replace").decode("utf-8")


def is_junk(path: str) -> bool:
    """Tell whether a posix path is hidden or one of macOS's companions (`__MACOSX`, `.DS_Store`)."""
    return any(part.startswith(".") or part == "__MACOSX" for part in path.split("/"))


def read_layout(paths: Iterable[str], named: Sequence[tuple[str, str]] = ()) -> Layout:
    """Return the place of every image, training images first, each split sorted by its posix path.

    paths: posix paths of images below the source. named: (split, folder) pairs that say what the splits are, instead of
    the folders' names. Folders that wrap everything are passed through. Folders named as `read_split_name` knows, train
    beside test, are splits; what lies beside them is left out and said. `<class>/train` beside `<class>/test` likewise.
    The folder below is the class, when every image of the split lies in one; the same without splits.

    Raises TdotError when names look like splits but do not tell which, or a named folder holds no image.
    """
    ordered = sorted(paths)
    if named:
        return _named(ordered, named)
    whole = {path: path.split("/") for path in ordered}
    found = find_splits(unwrap(whole))
    return _layout(found.sides, [*_one_split(whole, found.sides), *found.notes])


def _one_split(whole: Parts, sides: Sides) -> list[str]:
    """Say that all images lie in a folder named as the test split, or as one that is not for training."""
    path, inside = next(iter(whole.items()), ("", [])), next(iter(sides.values()), {})
    if None not in sides or not path[0]:
        return []
    wrappers = path[1][: len(path[1]) - len(inside[path[0]])]
    named = [name for name in wrappers if (split := read_split_name(name)) and split.role != "train"]
    return [f"All images lie in {named[0][:60]}, and are split anew into training and test images."] if named else []


def _named(paths: Sequence[str], named: Sequence[tuple[str, str]]) -> Layout:
    found: dict[str | None, dict[str, Sequence[str]]] = {"train": {}, "test": {}}
    for split, folder in named:
        if split not in found:
            raise TdotError(f"--split names train or test, found {split[:40]!r}.")
        start = clean_path(folder)
        inside = {path: path[len(start) :].strip("/").split("/") for path in paths if _below(path, start)}
        if not inside:
            tops = ", ".join(sorted({path.rsplit("/", 1)[0] for path in paths if "/" in path})[:8]) or "none"
            raise TdotError(f"--split {split}={folder[:80]} holds no images. Folders with images: {tops}.")
        if twice := [path for path in inside if path in found["train"] or path in found["test"]]:
            raise TdotError(f"{twice[0][:80]!r} lies in two of the folders that --split names. Name each image once.")
        found[split] |= inside
    if not found["train"]:
        raise TdotError("--split names no training images. Add --split train=DIR.")
    left = len(paths) - len(found["train"]) - len(found["test"])
    notes = [f"{left:,} images lie outside the folders that --split names and are left out."] if left else []
    splits: Sides = {None: unwrap(found["train"])}
    if found["test"]:
        splits = unwrap_alike(found)
    return _layout(splits, notes)


def _below(path: str, folder: str) -> bool:
    return not folder or path.startswith(f"{folder}/")


def _layout(sides: Sides, notes: list[str]) -> Layout:
    places: list[Place] = []
    sides = _without_foreign_wrapper(sides, notes)
    for split, parts_of in sides.items():
        deep = [path for path, parts in parts_of.items() if len(parts) > 1]
        labelled = len(deep) == len(parts_of)
        if _are_shards(parts_of):
            notes.append("The numbered folders are shards of one collection, not classes.")
            labelled = False
        elif split and not deep and any(folders_of(side) for side in sides.values()):
            notes.append(f"The {split} split has no labels: its images lie in no class folders.")
        elif split is None and labelled and (repeated := _repeated(parts_of)):
            notes.append(
                f"The classes are the uppermost folders; each of them holds the same folders ({', '.join(repeated[:4])}), which count for nothing."
            )
        elif deep and not labelled:
            bare = next(path for path in parts_of if path not in set(deep))
            which = f"The {split} split has" if split else "The images have"
            notes.append(
                f"{which} no labels: {len(parts_of) - len(deep):,} of {len(parts_of):,} lie in no class folder, "
                f"first {bare[:80]!r}."
            )
        places += [Place(path, split, parts[0] if labelled else None) for path, parts in parts_of.items()]
    return Layout(places, (*notes, *_one_sided(places)))


def _repeated(parts_of: Parts) -> list[str]:
    """Return the folders below the classes where there are several and every class has the same."""
    below: dict[str, set[str]] = {}
    for parts in parts_of.values():
        below.setdefault(parts[0], set()).update(parts[1:2] if len(parts) > 2 else ())
    found = list(below.values())
    return sorted(found[0]) if len(found) > 1 and len(found[0]) > 1 and all(one == found[0] for one in found) else []


def _without_foreign_wrapper(sides: Sides, notes: list[str]) -> Sides:
    """Take the one folder of a split that is no class of the other (val/images beside train/<class>) as none."""
    if len(sides) != 2:
        return sides
    result = dict(sides)
    for one, other in ("train", "test"), ("test", "train"):
        known, own = folders_of(sides[other]), folders_of(sides[one])
        if len(known) > 1 and len(own) == 1 and not own & known:
            result[one] = unwrap(sides[one])
            notes.append(f"The {one} split has no labels: its one folder {own.pop()[:80]!r} is no class of the other.")
    return result


def _one_sided(places: Sequence[Place]) -> list[str]:
    """Say which classes only one split has, where both have classes."""
    of = {split: {p.label for p in places if p.split == split and p.label} for split in ("train", "test")}
    if not all(of.values()):
        return []
    return [
        f"Classes of the {one} split alone: {', '.join(sorted(only)[:8])}."
        for one, other in (("train", "test"), ("test", "train"))
        if (only := of[one] - of[other])
    ]


def _are_shards(parts_of: Parts) -> bool:
    return bool(parts_of) and all(
        len(parts) == 2 and _SHARD.fullmatch(parts[0]) and _SHARD_FILE.fullmatch(parts[1])
        for parts in parts_of.values()
    )
