"""CIFAR-10 and CIFAR-100 in their Python version (Krizhevsky 2009), and what has its form: batches of rows of 3,072 bytes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tdot_core.errors import TdotError
from tdot_core.services.datasets.readers.array_file import ArrayFile
from tdot_core.services.datasets.readers.contract import ImageRows, Reader, Reading, Wish, read_exactly
from tdot_core.services.datasets.readers.file_splits import role_of, split_files
from tdot_core.services.datasets.readers.plain_pickle import PROTOCOLS, Array, Span, read_plain_pickle
from tdot_core.services.datasets.readers.reason import reason

ROW = 3 * 32 * 32
_STEP = 4096
_LABELS = ("fine_labels", "labels", "coarse_labels")
_NAMES = {"fine_labels": ("fine_label_names",), "labels": ("label_names",), "coarse_labels": ("coarse_label_names",)}


@dataclass(frozen=True, eq=False)
class _Batch:
    """One file of images: where its rows are, what it says of itself, and its labels by their key."""

    file: ArrayFile
    rows: Array
    says: str
    labels: dict[str, list[int]]


class CifarPickleReader(Reader):
    """Read the batches of CIFAR's Python version; nothing is unpickled."""

    what = "batches of CIFAR's Python version"

    def knows(self, file: ArrayFile) -> bool:
        # The protocol, then within a few bytes a dict.
        return len(file.head) > 2 and file.head[0] == 0x80 and file.head[1] in PROTOCOLS and b"}" in file.head[2:16]

    def read(self, files: Sequence[ArrayFile], others: Sequence[ArrayFile], wish: Wish) -> Reading:
        batches: list[_Batch] = []
        names: dict[str, tuple[str, ...]] = {}
        for file in files:
            document = _document(file)
            if "data" in document:
                batches.append(_batch(file, document))
            else:
                names |= {key: _texts(value) for key, value in document.items() if key.endswith("label_names")}
        if not batches:
            raise TdotError(f"{files[0].path[:80]} is a pickle without data: CIFAR's batches have data and labels.")
        key = next((key for key in _LABELS if all(key in batch.labels for batch in batches)), None)
        notes: list[str] = []
        if key == "fine_labels":
            notes.append("The labels are the fine ones.")
        said = {batch.file.path: batch.says for batch in batches}
        split_of = split_files([*said], wish, notes, lambda path: _role(path, said[path]))
        used = [batch for batch in batches if batch.file.path in split_of]
        used.sort(key=lambda batch: (split_of[batch.file.path] == "test", batch.file.path))
        known = next((names[name] for name in _NAMES.get(key or "", ()) if name in names), None)
        return Reading(sum(batch.rows.shape[0] for batch in used), _rows(used, split_of, key), known, notes)


def _document(file: ArrayFile) -> dict[str, Any]:
    if file.is_gzip:
        raise TdotError(f"{file.path[:80]} is compressed; unpack it with gunzip first.")
    with file.open() as opened:
        return read_plain_pickle(opened, file.size, file.path[:80])


def _texts(value: Any) -> tuple[str, ...]:
    items = value if isinstance(value, list) else []
    return tuple(i.decode("utf-8", "replace") if isinstance(i, bytes) else str(i)[:100] for i in items)


def _batch(file: ArrayFile, document: dict[str, Any]) -> _Batch:
    rows, name = document["data"], file.path[:80]
    if not isinstance(rows, Array) or rows.dtype != np.uint8 or len(rows.shape) != 2 or rows.shape[1] != ROW:
        found = f"{rows.dtype} {rows.shape}" if isinstance(rows, Array) else type(rows).__name__
        raise TdotError(f"The data of {name} should be uint8 of shape (n, {ROW:,}), found {found}.")
    size = rows.data.size if isinstance(rows.data, Span) else len(rows.data)
    if rows.shape[0] < 1 or size != rows.shape[0] * ROW or rows.fortran:
        raise TdotError(f"The data of {name} promises {rows.shape[0]:,} images in C order, found {size:,} bytes.")
    labels = {key: document[key] for key in _LABELS if key in document}
    for key, values in labels.items():
        good = isinstance(values, list) and len(values) == rows.shape[0] and all(type(v) is int for v in values)
        if not good:
            raise TdotError(f"The {key} of {name} should be a list of {rows.shape[0]:,} whole numbers.")
    says = document.get("batch_label", b"")
    return _Batch(file, rows, says.decode("latin-1") if isinstance(says, bytes) else str(says)[:100], labels)


def _role(path: str, says: str) -> str | None:
    """Return what the batch says of itself ("training batch 1 of 5"), else its name."""
    return role_of(says) or role_of(path) or ("train" if "data_batch" in path else None)


def _rows(batches: Sequence[_Batch], split_of: Any, key: str | None) -> Iterator[ImageRows]:
    for batch in batches:
        labels = np.array(batch.labels[key], dtype=np.int64) if key else None
        done = 0
        for images in _pictures(batch):
            yield ImageRows(
                images, split_of[batch.file.path], None if labels is None else labels[done : done + len(images)]
            )
            done += len(images)


def _pictures(batch: _Batch) -> Iterator[NDArray[np.uint8]]:
    n, data = batch.rows.shape[0], batch.rows.data
    try:
        with batch.file.open() as file:
            if isinstance(data, Span):
                file.seek(data.start)
            for start in range(0, n, _STEP):
                size = min(_STEP, n - start) * ROW
                piece = (
                    data[start * ROW : start * ROW + size]
                    if isinstance(data, bytes)
                    else read_exactly(file, size, batch.file.name)
                )
                yield from_planes(np.frombuffer(piece, np.uint8).reshape(-1, ROW))
    except (OSError, EOFError) as error:
        raise TdotError(f"{batch.file.path[:80]} cannot be read ({reason(error)}).") from error


def from_planes(rows: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return rows of 1,024 red, green and blue levels each as images (n, 32, 32, 3)."""
    return np.ascontiguousarray(rows.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1))
