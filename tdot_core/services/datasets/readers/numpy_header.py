"""The header of a .npy file."""

from __future__ import annotations

import tokenize
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np

from tdot_core.errors import TdotError
from tdot_core.services.datasets.readers.reason import reason

# A damaged header is no Python literal, in whatever way.
_UNREADABLE = (
    OSError,
    EOFError,
    ValueError,
    TypeError,
    KeyError,
    SyntaxError,
    tokenize.TokenError,
    RecursionError,
    MemoryError,
)
MAGIC = b"\x93NUMPY"


@dataclass(frozen=True)
class NumpyHeader:
    """The shape and the type of an array, and where in its file the numbers start."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    start: int


def read_header(file: BinaryIO, size: int, name: str) -> NumpyHeader:
    """Return the header of an open .npy file of size bytes; nothing is unpickled.

    Raises TdotError when it holds Python objects, lies in Fortran order or promises more than there is.
    """
    readers: dict[tuple[int, int], Any] = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }
    try:
        version = np.lib.format.read_magic(file)
        if version not in readers:
            raise ValueError(f"version {version}")
        shape, fortran, dtype = readers[version](file)
    except _UNREADABLE as error:
        raise TdotError(f"{name} has no readable NumPy header ({reason(error)}).") from error
    if dtype.hasobject:
        raise TdotError(f"{name} holds pickled Python objects, which are never read; save plain numbers.")
    if fortran and sum(side > 1 for side in shape) > 1:
        raise TdotError(f"{name} lies in Fortran order; save numpy.ascontiguousarray of it.")
    start = file.tell()
    if int(np.prod(shape, dtype=object)) * dtype.itemsize > size - start:
        raise TdotError(
            f"{name} promises an array {tuple(shape)} of {dtype}, which is more than it has. Save it again."
        )
    return NumpyHeader(tuple(int(side) for side in shape), dtype, start)
