"""Importing arrays, which a reader gives in pieces, as a data set."""

from __future__ import annotations

from collections.abc import Generator, Sequence

import numpy as np
from numpy.typing import NDArray

from tdot_core.errors import TdotError
from tdot_core.progress import Progress
from tdot_core.services.datasets.draft import Counts, Draft, Parts, draft
from tdot_core.services.datasets.holdout import pick_test_images
from tdot_core.services.datasets.info import SPLITS, DatasetInfo
from tdot_core.services.datasets.readers.choosing import read_arrays
from tdot_core.services.datasets.readers.contract import ImageRows, Reading, Wish, one_label
from tdot_core.services.datasets.source import ImageSource


def import_arrays(
    files: ImageSource, name: str, wish: Wish, test_fraction: float
) -> Generator[Progress, None, DatasetInfo]:
    """Import the arrays among the files of a source; raises TdotError when they cannot be read as images."""
    reading = read_arrays(files.array_files(), files.label, wish)
    with draft() as work:
        kept = yield from _append_all(reading, work)
        if not work.digests:
            raise TdotError(
                f"None of the {reading.total:,} images in the {files.label} can be read ({reading.reason})."
            )
        yield Progress(reading.total, reading.total, phase="writing")
        parts = _parts(kept, reading, work, test_fraction)
        notes = [*files.notes, *reading.notes]
        counts = Counts(reading.skipped, reading.n_resized, reading.n_ignored, notes, reading.reason)
        return work.finish(name, files.label, parts, counts)


def _append_all(reading: Reading, work: Draft) -> Generator[Progress, None, list[ImageRows]]:
    """Append all images and return their rows without them."""
    kept = []
    for rows in reading.rows:
        yield Progress(min(len(work.digests), reading.total), reading.total, phase="decoding")
        work.append(rows.images)
        kept.append(ImageRows(np.empty((len(rows.images), 0), np.uint8), rows.split, rows.labels))
    return kept


def _parts(kept: Sequence[ImageRows], reading: Reading, work: Draft, test_fraction: float) -> Parts:
    lengths = [len(rows.images) for rows in kept]
    of_test = np.concatenate([np.full(n, rows.split == "test") for n, rows in zip(lengths, kept, strict=True)])
    is_test = pick_test_images(work.digests, test_fraction) if kept[0].split is None else of_test
    positions = {"train": np.flatnonzero(~is_test), "test": np.flatnonzero(is_test)}
    if not len(positions["train"]):
        raise TdotError("None of the training images can be read.")
    labels, classes = _labels(kept, reading)
    if len(classes) < 2:
        reading.notes += [one_label(name) for name in classes]
        return Parts(positions)
    for split in SPLITS:
        none = labels[positions[split]] < 0
        if none.any() and not none.all():
            reading.notes.append(f"The {split} split has no labels: {int(none.sum()):,} of its images have none.")
    whole = [split for split in SPLITS if len(positions[split]) and (labels[positions[split]] >= 0).all()]
    return Parts(positions, {split: labels[positions[split]] for split in whole}, classes if whole else ())


def _labels(kept: Sequence[ImageRows], reading: Reading) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Return the labels of all images as positions in the classes, -1 for an image without one, and the classes."""
    given = [_of_piece(rows) for rows in kept]
    there = [part for part in given if part is not None]
    if not there:
        return np.full(sum(len(rows.images) for rows in kept), -1, np.int64), ()
    if len({isinstance(part, np.ndarray) for part in there}) > 1:
        raise TdotError("Some labels are numbers and some are names; make them alike.")
    if isinstance(there[0], np.ndarray):
        values, classes = _numbered(
            np.concatenate([part for part in there if isinstance(part, np.ndarray)]), reading.names
        )
    else:
        texts = [label for part in there for label in part]
        classes = tuple(sorted({str(label) for label in texts if label is not None}))
        at = {label: i for i, label in enumerate(classes)}
        values = np.array([-1 if label is None else at[str(label)] for label in texts], np.int64)
    labels = np.full(sum(len(rows.images) for rows in kept), -1, np.int64)
    labels[np.concatenate([np.full(len(r.images), p is not None) for r, p in zip(kept, given, strict=True)])] = values
    return labels, classes


def _of_piece(rows: ImageRows) -> NDArray[np.int64] | Sequence[str | None] | None:
    """Return the labels of one piece, None when no image of it has one."""
    if rows.labels is None or isinstance(rows.labels, np.ndarray):
        return None if rows.labels is None or bool((rows.labels == -1).all()) else rows.labels
    # An empty text is how arrays without null say that there is none.
    texts = [label or None for label in rows.labels]
    return texts if any(texts) else None


def _numbered(values: NDArray[np.int64], names: tuple[str, ...] | None) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    there = values != -1
    found = np.unique(values[there])
    if found[0] < 0:
        raise TdotError(f"Labels are whole numbers from 0, or -1 for none; found {found[0]}.")
    if names is not None:
        if found[-1] >= len(names):
            raise TdotError(f"A label is {found[-1]}, but there are names for {len(names)} classes only.")
        return values, _distinct(names)
    width = len(str(found[-1]))
    return np.where(there, np.searchsorted(found, values), -1), tuple(f"{value:0{width}d}" for value in found.tolist())


def _distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(names)) < len(names):
        raise TdotError("Two classes have one name; rename one.")
    return names
