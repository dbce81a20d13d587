"""What the folders of a collection mean: splits, classes, or nothing."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

TRAIN_FOLDERS = frozenset({"train", "training"})
TEST_FOLDERS = frozenset({"test", "testing", "val", "valid", "validation"})


@dataclass(frozen=True)
class Place:
    """Say where one image belongs: its path, split (None: to be held out by content) and class (None: unlabelled)."""

    path: str
    split: str | None
    label: str | None


def clean_path(path: str) -> str:
    """Return a posix path as it is compared and shown, the same from every machine: NFC, encodable, no "." parts."""
    plain = "/".join(part for part in path.split("/") if part not in ("", "."))
    return unicodedata.normalize("NFC", plain).encode("utf-8", "replace").decode("utf-8")


def is_junk(path: str) -> bool:
    """Tell whether a posix path is hidden or one of macOS's companions (`__MACOSX`, `.DS_Store`)."""
    return any(part.startswith(".") or part == "__MACOSX" for part in path.split("/"))


def read_layout(paths: Iterable[str]) -> list[Place]:
    """Return the place of every image, training images first, each split sorted by its posix path.

    paths: posix paths of images below the source. Folders that wrap everything are passed through. `train` and `test`
    side by side (also training, testing, val, valid, validation, in any case) are splits, images beside them are left
    out. The folder below is the class, when every image of the split lies in one; the same without splits.
    """
    parts_of = {path: path.split("/") for path in sorted(paths)}
    while len({parts[0] for parts in parts_of.values()}) == 1 and all(len(parts) > 1 for parts in parts_of.values()):
        parts_of = {path: parts[1:] for path, parts in parts_of.items()}
    tops = {parts[0].lower() for parts in parts_of.values() if len(parts) > 1}
    if not (tops & TRAIN_FOLDERS and tops & TEST_FOLDERS):
        return _places(None, parts_of)
    inner: dict[str, dict[str, list[str]]] = {"train": {}, "test": {}}
    for path, (top, *rest) in parts_of.items():
        if rest and top.lower() in TRAIN_FOLDERS | TEST_FOLDERS:
            inner["train" if top.lower() in TRAIN_FOLDERS else "test"][path] = rest
    return _places("train", inner["train"]) + _places("test", inner["test"])


def _places(split: str | None, parts_of: dict[str, list[str]]) -> list[Place]:
    labelled = all(len(parts) > 1 for parts in parts_of.values())
    return [Place(path, split, parts[0] if labelled else None) for path, parts in parts_of.items()]
