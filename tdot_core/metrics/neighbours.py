"""Nearest neighbours and balls around points: exact, in tiles, in memory that does not grow with n^2.

Every pair is ranked by a float32 matrix product; pairs that its error bound cannot tell apart are decided by their float64
difference. The result equals float64 brute force on every pair. Memory, for each of up to 4 threads: one span of queries
(SPAN x d float32), one tile of each side and one TILE x TILE product, 160 MiB at d = 2048 whatever n is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from tdot_core.errors import TdotError
from tdot_core.metrics.checks import Array
from tdot_core.metrics.pairs import (
    TILE,
    Float32,
    Float64,
    Frame,
    Index,
    Rows,
    all_rows,
    distinct,
    exact_squared,
    float32_down,
    float32_up,
    scores,
    tiles,
)
from tdot_core.processors import processors

SPAN = 4 * TILE
KEPT = 5
Search = Callable[[Rows, int], tuple[Float64, Index]]
MAX_THREADS = 4


def _each_span(n: int, work: Callable[[slice], None]) -> None:
    """Call work on spans of 0..n, several at once; each changes the results of its own rows only."""
    threads = min(MAX_THREADS, processors())
    spans = list(tiles(n, min(SPAN, TILE * -(-n // (TILE * threads)))))
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(work, spans):
            pass


def _pairs_of_tiles(
    frame: Frame, queries: Rows, span: slice, targets: Rows
) -> Iterator[tuple[slice, Float32, slice, Float32]]:
    """Yield (query tile, -2 x, target tile, y) so that every pair of tiles comes once and the span is converted once."""
    parts = [slice(span.start + t.start, span.start + t.stop) for t in tiles(span.stop - span.start)]
    doubled = [-2 * frame.block(queries, part) for part in parts]
    for tile in tiles(len(targets)):
        y = frame.block(targets, tile)
        yield from ((part, x, tile, y) for part, x in zip(parts, doubled, strict=True))


def _merge(best: Float64, index: Index, row: Index, column: Index, squared: Float64) -> None:
    """Put pairs (row, column, squared) into the k smallest per row, ties by the lower column."""
    k, touched = best.shape[1], np.unique(row)
    rows = np.concatenate([np.repeat(touched, k), row])
    columns = np.concatenate([index[touched].ravel(), column])
    values = np.concatenate([best[touched].ravel(), squared])
    order = np.lexsort((columns, values, rows))
    rank = np.arange(len(order)) - np.searchsorted(rows[order], rows[order])
    order = order[rank < k].reshape(len(touched), k)
    best[touched], index[touched] = values[order], columns[order]


def k_smallest(queries: Rows, targets: Rows, k: int, *, same: bool = False) -> tuple[Float64, Index]:
    """Return the k smallest squared distances from each query to the targets and the rows of targets.array they belong to.

    Shapes (n, k), ascending, ties by the order of targets. same: queries are the targets, and a row is not its own
    neighbour. Needs k targets besides.
    """
    frame = Frame(queries, targets)
    best, index = np.full((len(queries), k), np.inf), np.full((len(queries), k), len(targets))

    def search(span: slice) -> None:
        buffer = np.empty(TILE * TILE, np.float32)
        for part, doubled, tile, y in _pairs_of_tiles(frame, queries, span, targets):
            row, column = _candidates(
                frame, part, tile, scores(buffer, doubled, y, frame.target_norms[tile] ** 2), best, same
            )
            if len(row):
                squared = exact_squared(queries.array, queries.index[row], targets.array, targets.index[column])
                _merge(best, index, row, column, squared)

    _each_span(len(queries), search)
    return best, targets.index[index]


def _candidates(
    frame: Frame, part: slice, tile: slice, score: Float32, best: Float64, same: bool
) -> tuple[Index, Index]:
    """Return the pairs of a tile that may be among the k smallest of their row, given the best so far; score is changed."""
    k, nothing = best.shape[1], np.zeros(0, dtype=np.int64)
    if same:
        own = np.arange(max(part.start, tile.start), min(part.stop, tile.stop))
        score[own - part.start, own - tile.start] = np.inf
    margin = frame.margin(part, frame.target_norms[tile].max())
    limit = best[part, -1] * frame.scale**2 - frame.query_norms[part] ** 2 + margin
    hit = np.flatnonzero(score.min(axis=1) <= float32_up(limit))
    if len(hit) == 0:
        return nothing, nothing
    sub = score[hit]
    if k <= sub.shape[1]:
        kth = sub.min(axis=1) if k == 1 else np.partition(sub, k - 1, axis=1)[:, k - 1]
        limit[hit] = np.minimum(limit[hit], kth + 2 * margin[hit])
    row, column = np.nonzero(sub <= float32_up(limit[hit])[:, None])
    row, column = hit[row] + part.start, column + tile.start
    keep = ~(same & (row == column))
    return row[keep], column[keep]


def nearest_squared(queries: Array, targets: Array) -> tuple[Float64, Index]:
    """Return the squared distance (n,) from each query to its nearest target and that target's row, ties by the lowest."""
    squared, index = k_smallest(all_rows(queries), distinct(targets)[0], 1)
    return squared[:, 0], index[:, 0]


def among_themselves(rows: Rows, k: int) -> tuple[Float64, Index]:
    """Return each row's k smallest squared distances to the others, (n, k), and their rows of the array."""
    return k_smallest(rows, rows, k, same=True)


class Neighbourhoods:
    """The balls around points (n, d) that reach each point's k-th neighbour, itself not counted.

    Distances to the first neighbours are computed once and serve every k up to 5. search(rows, k): what finds them.
    """

    def __init__(self, points: Array, search: Search | None = None) -> None:
        self.points, self._search = points, search or among_themselves
        self._rows, self._group, self._sizes = distinct(points)
        self._squared: Float64 = np.zeros((len(self._rows), 0))
        self._crowd: Index = np.zeros((len(self._rows), 0), dtype=np.int64)

    def _radius2_of_groups(self, k: int) -> Float64:
        if not 1 <= k < len(self.points):
            raise TdotError(f"A {k}-th neighbour needs at least {k + 1} images, found {len(self.points)}. Take more.")
        wanted = min(max(k, KEPT), len(self._rows) - 1)
        if self._squared.shape[1] < wanted:
            self._squared, index = self._search(self._rows, wanted)
            self._crowd = np.cumsum(self._sizes[self._group[index]], axis=1)
        # A point's own copies are neighbours at distance 0; each neighbouring group counts with all its copies.
        reached = np.column_stack([self._sizes - 1, self._sizes[:, None] - 1 + self._crowd]) >= k
        squared = np.column_stack([np.zeros(len(self._rows)), self._squared])
        radius2: Float64 = squared[np.arange(len(squared)), reached.argmax(axis=1)]
        return radius2

    def radius2(self, k: int) -> Float64:
        """Return each point's squared distance to its k-th neighbour, shape (n,); raises TdotError when n <= k."""
        return self._radius2_of_groups(k)[self._group]

    def count(self, queries: Array, k: int, *, strict: bool) -> Index:
        """Count, for each query, the points whose ball holds it: distance < radius when strict, else <=. Shape (m,)."""
        radius2, rows = self._radius2_of_groups(k), all_rows(queries)
        frame = Frame(rows, self._rows)
        out = np.zeros(len(queries), dtype=np.int64)

        def count(span: slice) -> None:
            buffer = np.empty(TILE * TILE, np.float32)
            for part, doubled, tile, y in _pairs_of_tiles(frame, rows, span, self._rows):
                norms, inner = frame.target_norms[tile], radius2[tile] * frame.scale**2
                score = scores(buffer, doubled, y, norms**2 - inner)
                margin = frame.margin(part, float(np.sqrt(norms**2 + inner).max()))
                sure, row, column = _held(score, -(frame.query_norms[part] ** 2), margin, self._sizes[tile])
                out[part] += sure
                row, column = row + part.start, column + tile.start
                squared = exact_squared(queries, row, self.points, self._rows.index[column])
                held = squared < radius2[column] if strict else squared <= radius2[column]
                np.add.at(out, row[held], self._sizes[column[held]])

        _each_span(len(queries), count)
        return out


def _held(score: Float32, level: Float64, margin: Float64, sizes: Index) -> tuple[Index, Index, Index]:
    """Return, per row, how many points surely hold it (score below level), and the pairs too close to the level to say."""
    sure_of = np.zeros(len(score), dtype=np.int64)
    near = np.flatnonzero(score.min(axis=1) <= float32_up(level + margin))
    sub = score[near]
    sure = sub < float32_down(level - margin)[near, None]
    sure_of[near] = sure.astype(np.float32) @ sizes.astype(np.float32)
    row, column = np.nonzero((sub <= float32_up(level + margin)[near, None]) & ~sure)
    return sure_of, near[row], column
