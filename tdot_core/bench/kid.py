"""KID against torch-fidelity's."""

from __future__ import annotations

import numpy as np
import torch
from torch_fidelity.metric_kid import kid_features_to_metric

from tdot_core.bench.clouds import cloud
from tdot_core.bench.result import BenchResult
from tdot_core.bench.timing import interleaved, median_ratio
from tdot_core.metrics.checks import Array
from tdot_core.metrics.kid import SEED, kernel_distance

NAME = "kid"
HELP = "KID's value and time against torch-fidelity's"

N, D, SIZE, SUBSETS, REPEATS = 5000, 2048, 1000, 10, 3


def run() -> list[BenchResult]:
    """Compare with the same seed and draw order, torch-fidelity in double precision as well, both on all threads."""
    real, fake = cloud(N, D, 1), cloud(N, D, 2, shift=0.02)
    found: dict[str, float] = {}
    works = {
        "ours": lambda: found.update(ours=_ours(real, fake)),
        "theirs": lambda: found.update(theirs=_theirs(real, fake)),
    }
    taken = interleaved(works, REPEATS)
    setting = f"{N} x {D}, {SUBSETS} subsets of {min(SIZE, N)}"
    return [
        BenchResult(
            NAME,
            f"value against torch-fidelity's, {setting}",
            abs(found["ours"] - found["theirs"]),
            "absolute",
            "<=",
            1e-6,
        ),
        BenchResult(
            NAME,
            f"time over torch-fidelity's, {setting}, median of {REPEATS}",
            median_ratio(taken["ours"], taken["theirs"]),
            "ratio",
            "<=",
            1.0,
        ),
    ]


def _ours(real: Array, fake: Array) -> float:
    return kernel_distance(real=real, fake=fake, subsets=SUBSETS)


def _theirs(real: Array, fake: Array) -> float:
    sides = [torch.from_numpy(np.asarray(x, np.float64)) for x in (fake, real)]
    found = kid_features_to_metric(
        *sides, kid_subsets=SUBSETS, kid_subset_size=min(SIZE, len(real)), rng_seed=SEED, verbose=False
    )
    return float(found["kernel_inception_distance_mean"])
