"""NumPy's .npy and .npz: images as (n, h, w, 3), (n, 3, h, w) or grey (n, h, w), labels beside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tdot_core.errors import TdotError
from tdot_core.services.datasets.readers.array_file import ArrayFile
from tdot_core.services.datasets.readers.contract import ImageRows, Reader, Reading, Wish
from tdot_core.services.datasets.readers.file_splits import split_files
from tdot_core.services.datasets.readers.fit32 import MNIST_SIDE, bordered_note, sized
from tdot_core.services.datasets.readers.image_axes import ImageAxes, image_axes
from tdot_core.services.datasets.readers.numpy_labels import find_labels, read_labels
from tdot_core.services.datasets.readers.numpy_members import NumpyMember, is_numpy, list_arrays
from tdot_core.services.datasets.readers.value_range import (
    RANGES,
    Values,
    decide_range,
    refuse_several_ranges,
    survey,
    to_uint8,
)

_MEASURED = ("images", "arr_0")
"""What tools call the array of samples beside others."""


@dataclass(frozen=True, eq=False)
class _Part:
    """An array of images with its axes, split and labels."""

    array: NumpyMember
    axes: ImageAxes
    split: str | None
    labels: NDArray[np.int64] | list[str] | None

    @property
    def grey(self) -> bool:
        """Tell whether these images have no colours."""
        return self.axes.colours == "none" or 1 in (self.axes.shape[1], self.axes.shape[-1])

    @property
    def padded(self) -> bool:
        """Tell whether these are grey 28x28 images, as MNIST's, which get a border in place of a resize."""
        return self.grey and (self.axes.height, self.axes.width) == (MNIST_SIDE, MNIST_SIDE)


class NumpyReader(Reader):
    """Read .npy and .npz."""

    what = "NumPy arrays"

    def knows(self, file: ArrayFile) -> bool:
        return is_numpy(file)

    def may_hold_images(self, file: ArrayFile, wish: Wish) -> bool:
        return any(len(array.header.shape) > 2 for array in list_arrays([file], wish))

    def read(self, files: Sequence[ArrayFile], others: Sequence[ArrayFile], wish: Wish) -> Reading:
        arrays = list_arrays(files, wish)
        notes: list[str] = []
        images = _one_each(_images(arrays), notes) if wish.one_set else _images(arrays)
        split_of = split_files([array.name for array in images], wish, notes)
        used = [array for array in images if array.name in split_of]
        known = [] if wish.one_set else arrays
        parts = [_part(array, known, split_of[array.name], len(images) == 1) for array in used]
        if len({part.split for part in parts}) == 1 and len(parts) > 1 and not wish.one_set:
            _check_alike(parts)
            notes.append(f"Joined: {', '.join(part.array.name[:60] for part in parts[:8])}.")
        range_ = _range([part.array for part in parts if part.array.header.dtype != np.uint8], wish)
        if range_:
            notes.append(f"The values are read as the range {list(RANGES[range_])}.")
        if unread := _unread(arrays, images) if not wish.one_set else []:
            notes.append(f"Not read, being neither images nor labels of theirs: {', '.join(unread[:8])}.")
        if any(part.padded for part in parts) and not wish.own_size:
            notes.append(bordered_note())
        reading = Reading(sum(part.axes.shape[0] for part in parts), iter(()), notes=notes)
        reading.rows = _rows(parts, range_, wish.own_size, reading)
        return reading


def _images(arrays: Sequence[NumpyMember]) -> list[NumpyMember]:
    found = [array for array in arrays if len(array.header.shape) > 2]
    if not found and arrays:
        largest = max(arrays, key=lambda array: int(np.prod(array.header.shape, dtype=object)))
        image_axes(largest.header.shape, largest.name[:80])
    return found


def _one_each(images: Sequence[NumpyMember], notes: list[str]) -> list[NumpyMember]:
    """Return one array of images of every file: of several the one named images or arr_0, saying what is left out."""
    of: dict[str, list[NumpyMember]] = {}
    for array in images:
        of.setdefault(array.file.path, []).append(array)
    kept: list[NumpyMember] = []
    for path, arrays in of.items():
        named = [array for name in _MEASURED for array in arrays if array.name.rpartition("/")[2] == name]
        if len(arrays) > 1 and not named:
            found = ", ".join(array.name[:60] for array in arrays[:8])
            raise TdotError(f"{path[:80]} holds several arrays of images ({found}); name the one to measure images.")
        kept.append((named or arrays)[0])
        if left := [array.name[:60] for array in arrays if array is not kept[-1]]:
            notes.append(f"Of {path[:80]} the array {kept[-1].name[:60]} was read and {', '.join(left[:8])} left out.")
    return kept


def _unread(arrays: Sequence[NumpyMember], images: Sequence[NumpyMember]) -> list[str]:
    """Return the arrays that were taken for nothing, with their shapes and types."""
    labels = [find_labels(array, arrays, len(images) == 1) for array in images]
    taken = {array.name for array in (*images, *labels) if array is not None}
    return [f"{a.name[:60]} {a.header.shape} {a.header.dtype}" for a in arrays if a.name not in taken]


def _part(array: NumpyMember, arrays: Sequence[NumpyMember], split: str | None, alone: bool) -> _Part:
    dtype, name = array.header.dtype, array.name[:80]
    if dtype.kind not in "iuf" or dtype.itemsize > 8:
        raise TdotError(f"{name} holds {dtype}; images are uint8, or floats of a known range.")
    axes = image_axes(array.header.shape, name, dtype.itemsize)
    labels = find_labels(array, arrays, alone)
    return _Part(array, axes, split, None if labels is None else read_labels(labels))


def _check_alike(parts: Sequence[_Part]) -> None:
    """Raise TdotError when arrays that nobody named differ in size or colours: one of them may be masks or another set."""
    if len({(part.axes.height, part.axes.width, part.grey) for part in parts}) > 1:
        found = ", ".join(f"{part.array.name[:60]} {part.array.header.shape}" for part in parts[:8])
        raise TdotError(
            f"The arrays of images are not alike ({found}), and are not joined unasked: --split train=NAME takes one of them, "
            "--split test=NAME another."
        )


def _range(arrays: Sequence[NumpyMember], wish: Wish) -> str:
    if not arrays:
        return ""
    found = [survey(array.blocks(), array.name[:80]) for array in arrays]
    if not wish.values:
        refuse_several_ranges([(array.name[:60], v) for array, v in zip(arrays, found, strict=True)], not wish.one_set)
    values = Values(min(v.low for v in found), max(v.high for v in found), all(v.whole for v in found))
    return decide_range(values, wish.values, ", ".join(array.name[:60] for array in arrays[:4]), not wish.one_set)


def _rows(parts: Sequence[_Part], range_: str, own_size: bool, reading: Reading) -> Iterator[ImageRows]:
    brightest = 0
    for part in parts:
        done = 0
        for block in part.array.blocks():
            pixels = block if block.dtype == np.uint8 else to_uint8(block, range_)
            brightest = max(brightest, int(pixels.max()))
            small, n_resized = sized(part.axes.to_rgb(pixels), part.padded, own_size)
            reading.n_resized += n_resized
            labels = None if part.labels is None else part.labels[done : done + len(small)]
            yield ImageRows(small, part.split, labels)
            done += len(small)
    if brightest <= 1:
        reading.notes.append(
            f"The brightest level of all images is {brightest} of 255: are the values scaled as meant?"
        )
