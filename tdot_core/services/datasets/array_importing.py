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
from tdot_core.services.datasets.readers.contract import ImageRows, Reading, Wish
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
    starts = np.cumsum([0, *lengths])
    of_test = np.concatenate([np.full(n, rows.split == "test") for n, rows in zip(lengths, kept, strict=True)])
    is_test = pick_test_images(work.digests, test_fraction) if kept[0].split is None else of_test
    positions = {"train": np.flatnonzero(~is_test), "test": np.flatnonzero(is_test)}
    if not len(positions["train"]):
        raise TdotError("None of the training images can be read.")
    known, classes = _labels(kept, reading)
    if len(classes) < 2:
        return Parts(positions)
    labelled = np.concatenate([np.full(n, part is not None) for n, part in zip(lengths, known, strict=True)])
    labels = np.zeros(starts[-1], np.int64)
    for start, n, part in zip(starts, lengths, known, strict=False):
        if part is not None:
            labels[start : start + n] = part
    for split in SPLITS:
        chosen = labelled[positions[split]]
        if len(chosen) and chosen.any() and not chosen.all():
            reading.notes.append(f"The {split} split has no labels: {int((~chosen).sum()):,} of its images have none.")
    whole = [split for split in SPLITS if len(positions[split]) and labelled[positions[split]].all()]
    return Parts(positions, {split: labels[positions[split]] for split in whole}, classes if whole else ())


def _labels(kept: Sequence[ImageRows], reading: Reading) -> tuple[list[NDArray[np.int64] | None], tuple[str, ...]]:
    """Return the labels of every piece as positions in the classes, and those; -1 throughout a piece means none."""
    given = [_or_none(rows.labels) for rows in kept]
    there = [part for part in given if part is not None]
    if not there:
        return [None] * len(given), ()
    if len({isinstance(part, np.ndarray) for part in there}) > 1:
        raise TdotError("Some labels are numbers and some are names; make them alike.")
    if isinstance(there[0], np.ndarray):
        return _numbered([part for part in given if part is None or isinstance(part, np.ndarray)], reading.names)
    names = sorted({str(label) for part in there for label in part})
    at = {label: i for i, label in enumerate(names)}
    return [None if part is None else np.array([at[str(x)] for x in part], np.int64) for part in given], tuple(names)


def _or_none(labels: NDArray[np.int64] | Sequence[str] | None) -> NDArray[np.int64] | Sequence[str] | None:
    return None if isinstance(labels, np.ndarray) and (labels == -1).all() else labels


def _numbered(
    given: Sequence[NDArray[np.int64] | None], names: tuple[str, ...] | None
) -> tuple[list[NDArray[np.int64] | None], tuple[str, ...]]:
    values = np.unique(np.concatenate([part for part in given if part is not None]))
    if values[0] < 0:
        raise TdotError(f"Labels are whole numbers from 0; found {values[0]}.")
    if names is not None:
        if values[-1] >= len(names):
            raise TdotError(f"A label is {values[-1]}, but there are names for {len(names)} classes only.")
        return list(given), _distinct(names)
    width = len(str(values[-1]))
    found = tuple(f"{value:0{width}d}" for value in values.tolist())
    return [None if part is None else np.searchsorted(values, part).astype(np.int64) for part in given], found


def _distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(names)) < len(names):
        raise TdotError("Two classes have one name; rename one.")
    return names
