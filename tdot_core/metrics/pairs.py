"""Squared distances between rows: exact ones in float64, and cheap ones in float32 with a proven error bound."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tdot_core.metrics.checks import Array

Float64 = NDArray[np.float64]
Float32 = NDArray[np.float32]
Index = NDArray[np.int64]

TILE = 2048
UNIT = 2.0**-24
PAIR_BYTES = 32 * 2**20


@dataclass(frozen=True, eq=False)
class Rows:
    """A selection `index` (m,) of the rows of `array` (n, d), read block by block."""

    array: Array
    index: Index

    def __len__(self) -> int:
        return len(self.index)


def all_rows(array: Array) -> Rows:
    """Select every row in order."""
    return Rows(array, np.arange(len(array)))


def tiles(m: int, size: int = TILE) -> Iterator[slice]:
    """Cut 0..m into slices of `size`."""
    return (slice(start, min(start + size, m)) for start in range(0, m, size))


def exact_squared(x: Array, i: Index, y: Array, j: Index) -> Float64:
    """Return sum((x_i - y_j)^2) per pair, differences and sums in float64: what brute force gives, bit for bit."""
    out = np.empty(len(i))
    for part in tiles(len(i), max(1, PAIR_BYTES // (8 * x.shape[1]))):
        difference = x[i[part]].astype(np.float64)
        difference -= y[j[part]]
        out[part] = np.square(difference, out=difference).sum(axis=1)
    return out


def distinct(array: Array) -> tuple[Rows, Index, Index]:
    """Return the first of each group of equal rows, each row's group (n,), and group sizes (m,).

    A collapsed generator gives thousands of equal images; each of their distances would be a tie to resolve exactly.
    """
    seen: dict[bytes, int] = {}
    group = np.empty(len(array), dtype=np.int64)
    for i, row in enumerate(array):
        # + 0.0 turns -0.0 into 0.0, so that equal numbers have equal bytes.
        group[i] = seen.setdefault(blake2b((row + 0.0).tobytes(), digest_size=16).digest(), len(seen))
    _, first, sizes = np.unique(group, return_index=True, return_counts=True)
    return Rows(array, first), group, sizes


class Frame:
    """Centre on the mean of targets and scale by a power of two, so that float32 products neither cancel nor overflow."""

    def __init__(self, queries: Rows, targets: Rows) -> None:
        d = targets.array.shape[1]
        total = np.zeros(d)
        for part in tiles(len(targets)):
            total += targets.array[targets.index[part]].sum(axis=0, dtype=np.float64)
        self.centre, self.scale = total / len(targets), 1.0
        self.query_norms = self._norms(queries)
        self.target_norms = self._norms(targets)
        largest = max(self.query_norms.max(), self.target_norms.max())
        # Below 2^-450 the square of the scale would overflow; the margin's constant covers what is left.
        self.scale = 2.0 ** -max(int(np.frexp(largest)[1]), -450)
        self.query_norms *= self.scale
        self.target_norms *= self.scale
        gamma = (d + 2) * UNIT
        self.relative = 2 * gamma / (1 - gamma) + 8 * UNIT

    def _norms(self, rows: Rows) -> Float64:
        return np.concatenate([np.sqrt(np.square(self._centred(rows, part)).sum(axis=1)) for part in tiles(len(rows))])

    def _centred(self, rows: Rows, part: slice) -> Float64:
        block = rows.array[rows.index[part]].astype(np.float64)
        block -= self.centre
        block *= self.scale
        return block

    def block(self, rows: Rows, part: slice) -> Float32:
        """Return centred, scaled rows in float32, shape (b, d)."""
        return self._centred(rows, part).astype(np.float32)

    def margin(self, queries: slice, reach: float) -> Float64:
        """Bound the error of float32 |y|^2 - 2 x.y, per query, in scaled units.

        reach: the largest |y| (or ball radius) of the tile. Dot products err by at most gamma_d |x||y| in any order of
        summation (Higham 2002, Eq. 3.5), rounding x, y and the sum by a few units each; 1e-30 covers underflow.
        """
        norms = self.query_norms[queries]
        bound: Float64 = self.relative * norms * reach + 8 * UNIT * reach**2 + 1e-14 * (norms + reach) ** 2 + 1e-30
        return bound


def float32_up(limit: Float64) -> Float32:
    """Return the float32 values just above limit."""
    return np.nextafter(limit.astype(np.float32), np.float32(np.inf))


def float32_down(limit: Float64) -> Float32:
    """Return the float32 values just below limit."""
    return np.nextafter(limit.astype(np.float32), np.float32(-np.inf))


def scores(out: Float32, doubled: Float32, targets: Float32, offset: Any) -> Float32:
    """Return offset_j - 2 x_i.y_j as float32 (b, m) in the buffer `out`; doubled: -2 x (b, d); targets: y (m, d)."""
    view = out[: len(doubled) * len(targets)].reshape(len(doubled), len(targets))
    np.matmul(doubled, targets.T, out=view)
    view += np.asarray(offset, dtype=np.float32)
    return view
