"""The jackknife of one set: the right values, only where it is honest, and intervals that hold what they promise."""

from __future__ import annotations

import numpy as np
import pytest

from tdot_core.metrics import metrics
from tdot_core.metrics.extras import NOTHING
from tdot_core.metrics.features import Features
from tdot_core.metrics.frechet import frechet_distance
from tdot_core.metrics.statistics import Statistics
from tdot_core.services.evaluation.replicates import replicates
from tdot_core.services.results.paired import jackknife


def cloud(random: np.random.Generator, n: int, shift: float = 0.0) -> Features:
    return Features(random.normal(shift, 1, (n, 4)).astype(np.float32))


def test_each_leaves_out_every_tenth_image() -> None:
    random = np.random.default_rng(0)
    real, fake = cloud(random, 200), cloud(random, 57, 0.3)
    found = replicates(metrics.get("fd")(), real, fake, NOTHING)
    kept = np.delete(np.asarray(fake.array, np.float64), np.arange(3, 57, 10), axis=0)
    statistics = Statistics(kept.mean(0), np.cov(kept, rowvar=False), len(kept))
    assert len(found) == 10 and found[3] == pytest.approx(
        frechet_distance(real=real.statistics, fake=statistics), rel=1e-9
    )


@pytest.mark.parametrize(("key", "n"), [("coverage", 100), ("recall_dist", 100), ("fd", 19), ("fd", 4)])
def test_there_are_none_where_they_would_mislead(key: str, n: int) -> None:
    random = np.random.default_rng(0)
    assert replicates(metrics.get(key)(), cloud(random, 50), cloud(random, n), NOTHING) == ()


def test_the_interval_of_a_paired_difference_holds_the_truth_about_as_often_as_it_says() -> None:
    """Two clouds from common noise, one shifted: FD differs by 4 x 0.3^2 = 0.36 in truth."""
    truth, held, tries = 4 * 0.3**2, 0, 60
    for seed in range(tries):
        random = np.random.default_rng(seed)
        noise, own = random.normal(size=(400, 4)), random.normal(size=(400, 4))
        real = Features(statistics=Statistics(np.zeros(4), np.eye(4), 10**6))
        first = Features(0.9**0.5 * noise + 0.1**0.5 * own + 0.3)
        second = Features(noise)
        metric = metrics.get("fd")()
        whole = metric.compute(real=real, fake=first, extra=NOTHING) - metric.compute(
            real=real, fake=second, extra=NOTHING
        )
        parts = zip(*(replicates(metric, real, fake, NOTHING) for fake in (first, second)), strict=True)
        _, low, high = jackknife(whole, [a - b for a, b in parts])
        held += low <= truth <= high
    assert 0.85 <= held / tries <= 1.0, held
