"""RecallDist against scikit-learn's brute force, and the memory that exact neighbours take."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
from sklearn.neighbors import NearestNeighbors

from tdot_core.bench.clouds import cloud
from tdot_core.bench.peak import peak_gib
from tdot_core.bench.result import BenchResult
from tdot_core.bench.timing import interleaved, median_ratio
from tdot_core.metrics.checks import Array
from tdot_core.metrics.neighbours import nearest_squared
from tdot_core.metrics.recall_dist import recall_dist

NAME = "neighbours"
HELP = "RecallDist's value and time against scikit-learn's brute force, and its memory"

N, D, REPEATS = 20_000, 768, 1
MEMORY_N, MEMORY_D = 50_000, 64
MEMORY = "import sys; from tdot_core.bench import neighbours; print(neighbours._searched(*map(int, sys.argv[1:])))"
"""Prints the peak resident memory of a process of its own, the features and all libraries of this bench included, in GiB."""


def run() -> list[BenchResult]:
    """Compare in float32, as scikit-learn takes the features, on all threads."""
    real, fake = cloud(N, D, 1), cloud(N, D, 2)
    found: dict[str, float] = {}
    taken = interleaved(
        {
            "theirs": lambda: found.update(theirs=_theirs(real, fake)),
            "ours": lambda: found.update(ours=recall_dist(real=real, fake=fake)),
        },
        REPEATS,
    )
    setting = f"{N} x {N} x {D}"
    return [
        BenchResult(
            NAME, f"RecallDist against scikit-learn's brute force, {setting}", abs(found["ours"] / found["theirs"] - 1),
            "relative difference", "<=", 1e-5,
        ),
        BenchResult(
            NAME, f"times faster than scikit-learn's brute force, {setting}, median of {REPEATS}",
            median_ratio(taken["theirs"], taken["ours"]), "times", ">=", 1.5,
        ),
        BenchResult(
            NAME, f"peak memory of a process that searches {MEMORY_N} x {MEMORY_N} x {MEMORY_D}, features and libraries included",
            _peak(), "GiB", "<=", 2.0,
        ),
    ]  # fmt: skip


def _theirs(real: Array, fake: Array) -> float:
    search = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(fake)
    return float(np.mean(search.kneighbors(real)[0], dtype=np.float64))


def _searched(n: int, d: int) -> float:
    nearest_squared(cloud(n, d, 1), cloud(n, d, 2))
    return peak_gib()


def _peak() -> float | None:
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, str(MEMORY_N), str(MEMORY_D)], capture_output=True, text=True, check=False
    )
    return float(done.stdout) if done.returncode == 0 else None
