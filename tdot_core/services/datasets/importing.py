"""Importing a folder, a zip or a tar of images, or files of arrays, as a data set."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tdot_core.errors import TdotError
from tdot_core.processors import processors
from tdot_core.progress import Progress
from tdot_core.services.datasets.array_importing import import_arrays
from tdot_core.services.datasets.decoding import (
    BORDERED,
    DARK,
    KEPT,
    RESIZED,
    SEVERAL,
    BadImage,
    Change,
    decode,
    file_notes,
)
from tdot_core.services.datasets.draft import Counts, Draft, Parts, draft
from tdot_core.services.datasets.holdout import pick_test_images
from tdot_core.services.datasets.info import SPLITS, DatasetInfo
from tdot_core.services.datasets.layout import Place, read_layout
from tdot_core.services.datasets.names import check_name
from tdot_core.services.datasets.opening import open_source
from tdot_core.services.datasets.readers.contract import Wish, one_label
from tdot_core.services.datasets.readers.fit32 import bordered_note
from tdot_core.services.datasets.shard_labels import with_shard_labels
from tdot_core.services.datasets.source import ImageSource
from tdot_core.services.storage.readonly import refuse_when_read_only

MAX_BYTES = 4 * 2**30
TABLES = (".csv", ".tsv", ".jsonl", ".xlsx", ".parquet")
_GROUP = 32
_BATCH = 16 * _GROUP


@dataclass(frozen=True)
class _Read:
    """One image file read: its picture and what was done to it, or why it cannot be used."""

    place: Place
    image: np.ndarray | None
    change: Change = KEPT
    reason: str = ""


def import_images(
    source: Path,
    name: str,
    *,
    strict: bool = False,
    test_fraction: float = 0.1,
    max_bytes: int = MAX_BYTES,
    splits: Sequence[tuple[str, str]] = (),
    values: str = "",
) -> Generator[Progress, None, DatasetInfo]:
    """Import images as the data set `name`: a folder, a zip or a tar of them, or arrays; the last import under a name wins.

    Layouts: `train/<class>/x.png` with `test/<class>/x.png`, `<class>/x.png`, flat, or any of them in wrapping folders
    (see `read_layout`). Without test folders the share test_fraction (from 0, below 1) is held out by content hash.
    splits: (split, folder) pairs that name the splits. A dataset.json of EDM's tools gives the labels.
    Where there are no image files, arrays are read, found by content: npy, npz, idx, parquet, CIFAR's batches. values: what
    numbers that are not uint8 mean, "unit", "signed" or "byte"; empty where it is evident.
    Images are decoded as `decode` says: 32x32 RGB, other sizes cropped and resized, and counted. An unreadable image is
    skipped and counted; with strict=True the import is refused and names it. max_bytes: what an archive may inflate to.
    Nothing is visible before the import is complete. The same content always gives the same id, wherever it lies.

    Raises TdotError for a wrong name or source, no usable image, a zip that is refused, a full disk.
    """
    refuse_when_read_only()
    check_name(name)
    if not 0 <= test_fraction < 1:
        raise TdotError(f"test_fraction must be from 0 and below 1, found {test_fraction}.")
    with open_source(Path(source), max_bytes) as files:
        if not files.keys:
            return (yield from import_arrays(files, name, Wish(values, splits, strict, max_bytes), test_fraction))
        if values:
            raise TdotError("--range is for arrays of numbers; the source holds image files.")
        layout = with_shard_labels(files, read_layout(files.keys, splits))
        places = layout.places
        n_ignored = files.n_ignored + len(files.keys) - len(places)
        counts = Counts(n_ignored=n_ignored, notes=[*files.notes, *layout.notes])
        with draft() as work:
            kept = yield from _decode_all(files, places, work, counts, strict)
            yield Progress(len(places), len(places), phase="writing")
            parts = _parts(kept, work.digests, test_fraction, files.label)
            counts.notes += _said(files, kept, counts, parts)
            return work.finish(name, files.label, parts, counts)


def _decode_all(
    files: ImageSource, places: Sequence[Place], work: Draft, counts: Counts, strict: bool
) -> Generator[Progress, None, list[Place]]:
    """Append every usable image in order and return the places of those; at most 512 pictures are held at a time."""
    kept: list[Place] = []
    with ThreadPoolExecutor(max_workers=min(4, processors())) as pool:
        for start in range(0, len(places), _BATCH):
            yield Progress(start, len(places), phase="decoding")
            batch = places[start : start + _BATCH]
            groups = [batch[i : i + _GROUP] for i in range(0, len(batch), _GROUP)]
            for results in pool.map(lambda group: [_read(files, place) for place in group], groups):
                kept += _keep(results, work, counts, strict)
    if not kept:
        raise TdotError(
            f"None of the {len(places)} images in the {files.label} can be read. First: {counts.skipped[0]} ({counts.reason})."
        )
    return kept


def _read(files: ImageSource, place: Place) -> _Read:
    try:
        image, change = decode(files.read(place.path))
    except BadImage as error:
        return _Read(place, None, reason=str(error))
    return _Read(place, image, change)


def _keep(results: Sequence[_Read], work: Draft, counts: Counts, strict: bool) -> list[Place]:
    bad = [read for read in results if read.image is None]
    if bad and strict:
        raise TdotError(
            f"{bad[0].place.path[:200]!r} cannot be used: {bad[0].reason}. Mend it, or import without strict."
        )
    if bad and not counts.skipped:
        counts.reason = bad[0].reason
    counts.skipped += [read.place.path for read in bad]
    counts.n_resized += sum(RESIZED in read.change for read in results)
    counts.n_bordered += sum(BORDERED in read.change for read in results)
    counts.n_several += sum(SEVERAL in read.change for read in results)
    counts.n_dark += sum(DARK in read.change for read in results)
    work.append(read.image for read in results if read.image is not None)
    return [read.place for read in results if read.image is not None]


def _said(files: ImageSource, kept: Sequence[Place], counts: Counts, parts: Parts) -> list[str]:
    notes = [bordered_note(counts.n_bordered)] if counts.n_bordered else []
    notes += file_notes(counts.n_several, counts.n_dark)
    labels = {place.label for place in kept}
    if not parts.classes and len(labels) == 1 and (label := labels.pop()) is not None:
        notes.append(one_label(label))
    tables = [path[:80] for path in files.others if path.lower().endswith(TABLES)]
    if tables:
        notes.append(
            "Tables beside the images, which may hold labels that only class folders tell, are not read: "
            f"{', '.join(sorted(tables)[:5])}."
        )
    return notes


def _parts(kept: Sequence[Place], digests: Sequence[bytes], test_fraction: float, label: str) -> Parts:
    if kept[0].split is None:
        is_test = pick_test_images(digests, test_fraction)
    else:
        is_test = np.array([place.split == "test" for place in kept])
        if is_test.all() or not is_test.any():
            empty = "train" if is_test.all() else "test"
            raise TdotError(
                f"None of the {empty} images in the {label} can be read. Mend them, or remove their folder."
            )
    positions = {"train": np.flatnonzero(~is_test), "test": np.flatnonzero(is_test)}
    classes = tuple(sorted({place.label for place in kept if place.label is not None}))
    if len(classes) < 2:
        return Parts(positions)
    labels = {}
    for split in SPLITS:
        names = [kept[i].label for i in positions[split].tolist()]
        if all(known is not None for known in names):
            labels[split] = np.array([classes.index(known) for known in names if known is not None], dtype=np.int64)
    return Parts(positions, labels, classes)
