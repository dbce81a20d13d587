"""The neighbours within a set of features, kept on disk: real ones serve every prior that is measured against them."""

from __future__ import annotations

import contextlib
import hashlib
import zipfile

import numpy as np

from tdot_core.errors import TdotError
from tdot_core.metrics.neighbours import k_smallest
from tdot_core.metrics.pairs import Float64, Index, Rows
from tdot_core.services.storage.files import write_atomically
from tdot_core.services.storage.paths import cache_root

FEWEST = 2000
"""Rows from which the search takes longer than reading its result."""


def kept_neighbours(rows: Rows, k: int) -> tuple[Float64, Index]:
    """Return what `k_smallest(rows, rows, k, same=True)` does, from the cache when the same features were searched before.

    The key is the SHA-256 of the features. A damaged file is searched again, a cache that cannot be written is left alone.
    """
    if len(rows) < FEWEST:
        return k_smallest(rows, rows, k, same=True)
    taken = np.ascontiguousarray(rows.array[rows.index])
    digest = hashlib.sha256(f"{taken.dtype.str} {taken.shape}".encode() + taken.tobytes() + rows.index.tobytes())
    path = cache_root() / "features" / f"near-{digest.hexdigest()[:32]}" / f"{k}.npz"
    with contextlib.suppress(OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        with np.load(path, allow_pickle=False) as kept:
            squared, index = kept["squared"], kept["index"]
        if squared.shape == index.shape == (len(rows), k) and squared.dtype == np.float64 and index.dtype == np.int64:
            return squared, index
    squared, index = k_smallest(rows, rows, k, same=True)
    with contextlib.suppress(OSError, TdotError):
        write_atomically(path, lambda file: np.savez(file, squared=squared, index=index))
    return squared, index
