"""CIFAR-10 and CIFAR-100 in their binary version (Krizhevsky 2009): records of one or two labels and 3,072 bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from tdot_core.errors import TdotError
from tdot_core.services.datasets.readers.array_file import ArrayFile
from tdot_core.services.datasets.readers.cifar_pickle import ROW, from_planes
from tdot_core.services.datasets.readers.contract import ImageRows, Reader, Reading, Wish, read_exactly
from tdot_core.services.datasets.readers.file_splits import role_of, split_files
from tdot_core.services.datasets.readers.reason import reason

_STEP = 4096
_CLASSES = {1: (10,), 2: (20, 100)}
"""How many classes each label byte of a record has: CIFAR-10's one, CIFAR-100's coarse and fine."""
_NAMES = {1: "batches.meta.txt", 2: "fine_label_names.txt"}
_TEXT = 2**16


class CifarBinaryReader(Reader):
    """Read the binary batches of CIFAR."""

    what = "batches of CIFAR's binary version"

    def knows(self, file: ArrayFile) -> bool:
        return not file.is_gzip and file.name.lower().endswith(".bin") and _n_labels(file) is not None

    def read(self, files: Sequence[ArrayFile], others: Sequence[ArrayFile], wish: Wish) -> Reading:
        kinds = {_n_labels(file) for file in files}
        if len(kinds) > 1:
            raise TdotError("There are batches of CIFAR-10 and of CIFAR-100; import them one after the other.")
        n_labels = kinds.pop() or 1
        notes = ["The labels are the fine ones."] if n_labels == 2 else []
        split_of = split_files([file.path for file in files], wish, notes, _role)
        used = sorted((f for f in files if f.path in split_of), key=lambda f: (split_of[f.path] == "test", f.path))
        total = sum(file.size // (ROW + n_labels) for file in used)
        return Reading(total, _rows(used, split_of, n_labels), _names(others, n_labels), notes)


def _n_labels(file: ArrayFile) -> int | None:
    """Return how many labels a record has, from the file's size and its first labels; None when neither fits."""
    for n_labels, classes in _CLASSES.items():
        if file.size and file.size % (ROW + n_labels) == 0:
            first = file.head[:n_labels]
            if len(first) == n_labels and all(label < n for label, n in zip(first, classes, strict=True)):
                return n_labels
    return None


def _role(path: str) -> str | None:
    return role_of(path) or ("train" if "data_batch" in path else None)


def _names(others: Sequence[ArrayFile], n_labels: int) -> tuple[str, ...] | None:
    for file in others:
        if file.name == _NAMES[n_labels]:
            with file.open() as opened:
                lines = opened.read(_TEXT).decode("utf-8", "replace").split()
            return tuple(lines) if len(lines) == _CLASSES[n_labels][-1] else None
    return None


def _rows(files: Sequence[ArrayFile], split_of: Mapping[str, str | None], n_labels: int) -> Iterator[ImageRows]:
    for file in files:
        for records in _records(file, n_labels):
            labels = records[:, n_labels - 1].astype(np.int64)
            if labels.max() >= _CLASSES[n_labels][-1]:
                raise TdotError(
                    f"{file.path[:80]} has a label of {labels.max()}; CIFAR's end at {_CLASSES[n_labels][-1] - 1}."
                )
            yield ImageRows(from_planes(records[:, n_labels:]), split_of[file.path], labels)


def _records(file: ArrayFile, n_labels: int) -> Iterator[NDArray[np.uint8]]:
    each = ROW + n_labels
    left = file.size // each
    try:
        with file.open() as opened:
            while left > 0:
                n = min(_STEP, left)
                yield np.frombuffer(read_exactly(opened, n * each, file.name), np.uint8).reshape(n, each)
                left -= n
    except (OSError, EOFError) as error:
        raise TdotError(f"{file.path[:80]} cannot be read ({reason(error)}).") from error
