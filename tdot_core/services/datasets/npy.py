"""Writing .npy files piece by piece."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.lib import format as npy_format


def write_npy(path: Path, shape: tuple[int, ...], dtype: str, pieces: Iterable[np.ndarray]) -> None:
    """Write an array of the given shape and dtype (numpy's type string) from pieces along its first axis, and flush it.

    Plain writes, because a full disk under a writable memory map kills the process instead of raising OSError.
    """
    with path.open("wb") as file:
        npy_format.write_array_header_1_0(file, {"descr": dtype, "fortran_order": False, "shape": shape})
        for piece in pieces:
            file.write(np.ascontiguousarray(piece, dtype=np.dtype(dtype)).data)
        file.flush()
        os.fsync(file.fileno())
