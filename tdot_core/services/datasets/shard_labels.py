"""The labels that EDM's and StyleGAN's dataset tools write: dataset.json beside shard folders."""

from __future__ import annotations

import dataclasses
import json
import posixpath
from collections.abc import Sequence

from tdot_core.errors import TdotError
from tdot_core.services.datasets.decoding import BadImage
from tdot_core.services.datasets.layout import Layout, Place, clean_path
from tdot_core.services.datasets.source import ImageSource

LABEL_FILE = "dataset.json"


def with_shard_labels(files: ImageSource, layout: Layout) -> Layout:
    """Return the layout with the labels of the source's dataset.json files in place of folders' names.

    A file holds {"labels": [["00000/img00000000.png", 5], ...]}, or null for none; the class of label 5 of 10 is "5".
    Raises TdotError when it cannot be read, a label is no whole number, or it names some of the images only.
    """
    read = {path: _labels(files, path) for path in files.label_files}
    found = {path: labels for path, labels in read.items() if labels is not None}
    if not found:
        return layout
    label_of: dict[str, int] = {}
    for path, rows in found.items():
        for name, label in rows:
            place = clean_path(posixpath.normpath(posixpath.join(posixpath.dirname(path), name)))
            if label_of.setdefault(place, label) != label:
                raise TdotError(f"{path[:80]!r} in the {files.label} gives {name[:80]!r} two labels. Keep one of them.")
    if not label_of:
        places = [dataclasses.replace(place, label=None) for place in layout.places]
        return Layout(places, (*_kept(layout.notes), "dataset.json gives no labels."))
    without = [place.path for place in layout.places if place.path not in label_of]
    if without:
        raise TdotError(
            f"{LABEL_FILE} in the {files.label} names no label for {len(without):,} of its {len(layout.places):,} images, "
            f"first {without[0][:80]!r}. Complete or remove {LABEL_FILE}."
        )
    width = len(str(max(label_of.values())))
    places = [_labelled(place, label_of[place.path], width) for place in layout.places]
    return Layout(places, (*_kept(layout.notes), f"The labels are those of {LABEL_FILE}."))


def _kept(notes: Sequence[str]) -> list[str]:
    return [note for note in notes if "no labels" not in note]


def _labelled(place: Place, label: int, width: int) -> Place:
    return dataclasses.replace(place, label=f"{label:0{width}d}")


def _labels(files: ImageSource, path: str) -> list[tuple[str, int]] | None:
    """Return (name, label) pairs, none for null; None when the file is something else's dataset.json."""
    try:
        document = json.loads(files.read(path))
    except (ValueError, RecursionError, BadImage) as error:
        raise TdotError(f"{path[:80]!r} in the {files.label} cannot be read ({str(error)[:80]}).") from error
    if not isinstance(document, dict) or "labels" not in document:
        files.n_ignored += 1
        return None
    rows = document["labels"] or []
    if not isinstance(rows, list) or not all(map(_is_row, rows)):
        raise TdotError(
            f"{path[:80]!r} in the {files.label} must hold rows [file name, whole number from 0] or null under 'labels'."
        )
    return [(name.replace("\\", "/"), label) for name, label in rows]


def _is_row(row: object) -> bool:
    return (
        isinstance(row, list)
        and len(row) == 2
        and isinstance(row[0], str)
        and isinstance(row[1], int)
        and not isinstance(row[1], bool)
        and row[1] >= 0
    )
