"""KID against torch-fidelity's."""

from __future__ import annotations

import numpy as np
import torch
from torch_fidelity.metric_kid import kid_features_to_metric

from tdot_core.metrics.checks import Array
from tdot_core.metrics.kid import SEED, SUBSETS, kernel_distance
from tdot_core.services.bench.clouds import cloud
from tdot_core.services.bench.result import BenchResult
from tdot_core.services.bench.timing import interleaved, median_ratio

NAME = "kid"
HELP = "KID's value and time against torch-fidelity's"

N, D, SIZE, REPEATS = 5000, 2048, 1000, 3


def run() -> list[BenchResult]:
    """Compare with the same seed and draw order, torch-fidelity in double precision as well, both on all threads."""
    real, fake = cloud(N, D, 1), cloud(N, D, 2, shift=0.02)
    works = {"ours": lambda: _ours(real, fake, 10), "theirs": lambda: _theirs(real, fake, 10)}
    difference = abs(_ours(real, fake, SUBSETS) - _theirs(real, fake, SUBSETS))
    taken = interleaved(works, REPEATS)
    setting = f"{N} x {D}, subsets of {min(SIZE, N)}"
    return [
        BenchResult(NAME, f"value against torch-fidelity's, {setting}, {SUBSETS} of them", difference, "absolute", "<=", 1e-6),
        BenchResult(
            NAME, f"time over torch-fidelity's, {setting}, 10 of them, median of {REPEATS}",
            median_ratio(taken["ours"], taken["theirs"]), "ratio", "<=", 1.0,
        ),
    ]  # fmt: skip


def _ours(real: Array, fake: Array, subsets: int) -> float:
    return kernel_distance(real=real, fake=fake, subsets=subsets)


def _theirs(real: Array, fake: Array, subsets: int) -> float:
    sides = [torch.from_numpy(np.asarray(x, np.float64)) for x in (fake, real)]
    found = kid_features_to_metric(
        *sides, kid_subsets=subsets, kid_subset_size=min(SIZE, len(real)), rng_seed=SEED, verbose=False
    )
    return float(found["kernel_inception_distance_mean"])
