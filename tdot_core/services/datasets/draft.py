"""A data set in the making: images are appended, split, hashed and published in one rename."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from tdot_core.services.datasets.disk import disk_errors, working_folder
from tdot_core.services.datasets.identity import chunks, content_id, image_digest, set_id
from tdot_core.services.datasets.info import IMAGE_SHAPE, MAX_NAMED, SPLITS, DatasetInfo
from tdot_core.services.datasets.npy import write_npy
from tdot_core.services.datasets.records import publish


@dataclass(frozen=True)
class Parts:
    """Say which appended images make which split: split -> int64 positions, in the order they will have.

    labels: split -> int64, one per position, only for splits that have labels; classes: their names.
    """

    positions: Mapping[str, np.ndarray]
    labels: Mapping[str, np.ndarray] = field(default_factory=dict)
    classes: tuple[str, ...] = ()


@dataclass
class Counts:
    """Count what an import met: names of unreadable images, resized and bordered images, files that are no images hold several or are dark; notes: what
    else to say; reason: why the first unreadable image is.
    """

    skipped: list[str] = field(default_factory=list)
    n_resized: int = 0
    n_ignored: int = 0
    notes: list[str] = field(default_factory=list)
    reason: str = ""
    n_bordered: int = 0
    n_several: int = 0
    n_dark: int = 0


class Draft:
    """Collect images in a private folder; nothing is visible before `finish`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.digests: list[bytes] = []
        with disk_errors():
            self._file = (folder / "pixels").open("wb")

    def append(self, images: Iterable[np.ndarray]) -> None:
        """Add images, each uint8 (32, 32, 3); raises TdotError when the disk is full."""
        with disk_errors():
            for image in images:
                self._file.write(image.tobytes())
                self.digests.append(image_digest(image))

    def close(self) -> None:
        """Close the file of appended images; may be called twice."""
        with disk_errors():
            self._file.close()

    def finish(self, name: str, source: str, parts: Parts, counts: Counts) -> DatasetInfo:
        """Write the arrays, flush them to disk, make them visible under their id and name, and return the record."""
        self.close()
        finished = self.folder / "finished"
        with disk_errors():
            finished.mkdir()
            self._write_arrays(finished, parts)
            size = sum(file.stat().st_size for file in finished.iterdir())
        arrays = {split: np.load(finished / f"{split}.npy", mmap_mode="r") for split in SPLITS}
        trained_on = {self.digests[i] for i in parts.positions["train"]}
        sets = {split: set_id(self.digests[i] for i in parts.positions[split]) for split in SPLITS}
        info = DatasetInfo(
            id=content_id(arrays, parts.labels, parts.classes),
            name=name,
            n_train=len(parts.positions["train"]),
            n_test=len(parts.positions["test"]),
            classes=parts.classes,
            bytes_on_disk=size,
            source=source,
            skipped=tuple(counts.skipped[:MAX_NAMED]),
            n_skipped=len(counts.skipped),
            n_resized=counts.n_resized,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            n_ignored=counts.n_ignored,
            labelled=tuple(split for split in SPLITS if split in parts.labels),
            train_set=sets["train"],
            test_set=sets["test"],
            notes=tuple(counts.notes),
            n_copies=sum(self.digests[i] in trained_on for i in parts.positions["test"]),
        )
        publish(finished, info)
        return info

    def _write_arrays(self, folder: Path, parts: Parts) -> None:
        pixels = np.memmap(self.folder / "pixels", dtype=np.uint8, mode="r", shape=(len(self.digests), *IMAGE_SHAPE))
        for split in SPLITS:
            positions = parts.positions[split]
            pieces = (pixels[piece] for piece in chunks(positions))
            write_npy(folder / f"{split}.npy", (len(positions), *IMAGE_SHAPE), "|u1", pieces)
            if split in parts.labels:
                labels = parts.labels[split].astype("<i8")
                write_npy(folder / f"{split}_labels.npy", labels.shape, "<i8", [labels])


@contextlib.contextmanager
def draft() -> Iterator[Draft]:
    """Give an empty draft; when it is not finished inside the block, nothing of it stays."""
    with working_folder() as folder:
        work = Draft(folder)
        try:
            yield work
        finally:
            with contextlib.suppress(
                Exception
            ):  # the reason for leaving matters, not a failed flush of what is thrown away
                work.close()
