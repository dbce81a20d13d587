"""The Fréchet distance against torch-fidelity's."""

from __future__ import annotations

import numpy as np
from torch_fidelity.metric_fid import fid_statistics_to_metric

from tdot_core.bench.clouds import cloud
from tdot_core.bench.result import BenchResult
from tdot_core.bench.timing import timed
from tdot_core.metrics.gaussians import frechet_distance
from tdot_core.metrics.statistics import Statistics, from_features

NAME = "frechet"
HELP = "the Fréchet distance's value and time against torch-fidelity's, on full-rank and singular statistics"

D, FULL, FEW = 2048, 4096, 512


def run() -> list[BenchResult]:
    """Compare values and times once each: one eigenvalue problem of this size takes torch-fidelity most of the group's time."""
    real = from_features(cloud(FULL, D, 1))
    return [result for name, n in (("full rank", FULL), ("singular", FEW)) for result in _compared(real, name, n)]


def _compared(real: Statistics, name: str, n: int) -> list[BenchResult]:
    fake = from_features(cloud(n, D, 2, shift=0.05))
    # Fresh statistics, so that no factor is kept from before.
    ours, our_seconds = timed(lambda: frechet_distance(real=_fresh(real), fake=_fresh(fake)))
    theirs, their_seconds = timed(lambda: _theirs(real, fake))
    setting = f"{name}, {n} images in {D} dimensions"
    return [
        BenchResult(
            NAME,
            f"value against torch-fidelity's, {setting}",
            abs(ours / theirs - 1),
            "relative difference",
            "<=",
            1e-6,
        ),
        BenchResult(
            NAME, f"time over torch-fidelity's, {setting}, once", our_seconds / their_seconds, "ratio", "<=", 1.0
        ),
    ]


def _fresh(statistics: Statistics) -> Statistics:
    return Statistics(statistics.mean_f, statistics.cov_f, statistics.n)


def _theirs(real: Statistics, fake: Statistics) -> float:
    sides = [{"mu": np.array(s.mean_f), "sigma": np.array(s.cov_f)} for s in (fake, real)]
    return float(fid_statistics_to_metric(*sides, verbose=False)["frechet_inception_distance"])
