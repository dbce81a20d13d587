"""Which array of a .npz holds the labels of which images."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tdot_core.errors import TdotError
from tdot_core.services.datasets.readers.contract import whole_labels
from tdot_core.services.datasets.readers.numpy_members import NumpyMember

_LARGEST = 2**28
_WORDS = frozenset(
    {"x", "y", "xs", "ys", "image", "images", "img", "imgs", "data", "label", "labels", "target", "targets", "class"}
    | {"classes", "id", "ids", "arr", "fine", "coarse", "sample", "samples"}
)
_CALLED = frozenset({"y", "ys", "label", "labels", "target", "targets", "class", "classes"})
_PLAIN = re.compile(r"(^|[^a-z])(y|labels?|targets?|class(es)?)$")


def find_labels(images: NumpyMember, arrays: Sequence[NumpyMember], alone: bool) -> NumpyMember | None:
    """Return the array of labels that belongs to images: of its length, its name otherwise alike (y_train to x_train).

    alone: there is no other array of images, so that any such array is meant. Raises TdotError when two could be.
    """
    fitting = [array for array in arrays if _could_be(array, images.header.shape[0])]
    found = [array for array in fitting if _key(array) == _key(images)] or (fitting if alone else [])
    if len(found) > 1:
        found = [a for a in found if "fine" in a.name.lower()] or [a for a in found if _PLAIN.search(a.name.lower())]
    if len(found) == 1:
        return found[0]
    if len(fitting) > 1 and alone:
        names = ", ".join(array.name[:60] for array in fitting)
        raise TdotError(f"Each of {names} could be the labels of {images.name[:60]}; keep one of them.")
    return None


def read_labels(array: NumpyMember) -> NDArray[np.int64] | list[str]:
    """Return labels as whole numbers, int64 (n,), or as names."""
    values = _values(array)
    if values.dtype.kind == "U":
        return [str(value) for value in values]
    if values.dtype.kind == "S":
        return [bytes(value).decode("utf-8", "replace") for value in values]
    whole = whole_labels(values)
    assert whole is not None, "find_labels takes no others"
    return whole


def _values(array: NumpyMember) -> NDArray[Any]:
    return np.concatenate([block.reshape(-1) for block in array.blocks()])


def _could_be(array: NumpyMember, n: int) -> bool:
    shape, dtype = array.header.shape, array.header.dtype
    if n < 1 or shape not in ((n,), (n, 1)) or n * dtype.itemsize > _LARGEST:
        return False
    # Floats are labels where they are called so and whole, which only reading tells; others are scores and the like.
    named = not _CALLED.isdisjoint(re.findall("[a-z]+", array.name.lower()))
    if dtype.kind not in "USiu" and not (named and dtype.kind in "bf"):
        return False
    values = _values(array)
    # What has another value for every image counts or names the images, unless it is called labels.
    if not named and n > 1 and len(np.unique(values)) == n:
        return False
    return dtype.kind in "US" or whole_labels(values) is not None


def _key(array: NumpyMember) -> tuple[str, tuple[str, ...]]:
    folder, _, name = array.name.rpartition("/")
    words = re.findall(r"[A-Z]?[a-z]+|[A-Z]+", name)
    return folder, tuple(word.lower() for word in words if word.lower() not in _WORDS)
