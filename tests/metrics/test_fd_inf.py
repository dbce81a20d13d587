"""The extrapolated Fréchet distance against the true distance, and against a fit that shares no code with it."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg
from scipy.stats import linregress

from feature_clouds import cloud
from tdot_core.errors import TdotError
from tdot_core.metrics.fd_inf import FrechetDistanceInf, frechet_distance_inf
from tdot_core.metrics.features import Features
from tdot_core.metrics.gaussians import frechet_distance
from tdot_core.metrics.statistics import Statistics, from_features


def _with_scipy(real: np.ndarray, fake: np.ndarray) -> float:
    a, b = np.cov(real, rowvar=False), np.cov(fake, rowvar=False)
    gap = real.mean(axis=0) - fake.mean(axis=0)
    return float(gap @ gap + np.trace(a) + np.trace(b) - 2 * np.trace(scipy.linalg.sqrtm(a @ b)).real)


def test_equals_a_regression_of_scipys_distances_on_one_over_n() -> None:
    real, fake = (cloud(n, 7, s).astype(np.float64) for n, s in ((400, 1), (303, 2)))
    order, x, y = np.random.RandomState(2020).permutation(303), [], []
    for k in (1, 2, 3, 4, 5):
        size = 303 // k
        x.append(1 / size)
        y.append(np.mean([_with_scipy(real, fake[order[i * size :][:size]]) for i in range(k)]))
    found = frechet_distance_inf(real=from_features(real), fake=fake)
    assert found == pytest.approx(linregress(x, y).intercept, rel=1e-6, abs=1e-9)


def test_it_removes_most_of_the_bias_of_few_images() -> None:
    d, n = 24, 400
    real = Statistics(np.zeros(d), np.eye(d), 10**6)
    plain, extrapolated = [], []
    for seed in range(30):
        fake = np.random.default_rng(seed).normal(size=(n, d))
        plain.append(frechet_distance(real=real, fake=from_features(fake)))
        extrapolated.append(frechet_distance_inf(real=real, fake=fake))
    # The true distance is 0. Mean and covariance of n normal images err by d / n and about d (d + 1) / 4 n.
    assert np.mean(plain) == pytest.approx((d + d * (d + 1) / 4) / n, rel=0.1)
    assert abs(np.mean(extrapolated)) < 0.1 * np.mean(plain)


def test_a_distance_that_is_there_stays() -> None:
    d = 16
    real = Statistics(np.zeros(d), np.eye(d), 10**6)
    found = [
        frechet_distance_inf(real=real, fake=np.random.default_rng(s).normal(size=(500, d)) * 2 + 1) for s in range(8)
    ]
    assert np.mean(found) == pytest.approx(2 * d, rel=0.02)


def test_few_images_are_refused_or_marked() -> None:
    real = Features(cloud(100, 4, 0))
    nine = FrechetDistanceInf().measure(real=real, fake=Features(cloud(9, 4, 1)))
    assert nine.value is None and "at least 10 fake images, found 9" in nine.note
    rough = FrechetDistanceInf().measure(real=real, fake=Features(cloud(20, 4, 1)))
    assert rough.value is not None and "rough" in rough.note
    assert FrechetDistanceInf().measure(real=real, fake=Features(cloud(60, 4, 1))).note == ""
    with pytest.raises(TdotError, match="found 3"):
        frechet_distance_inf(real=real.statistics, fake=cloud(3, 4, 1))


def test_statistics_alone_serve_the_real_side_only() -> None:
    real, fake = cloud(100, 8, 0), cloud(60, 8, 1)
    whole = FrechetDistanceInf().measure(real=Features(real), fake=Features(fake))
    short = FrechetDistanceInf().measure(real=Features(statistics=from_features(real)), fake=Features(fake))
    assert (short.value, short.n, short.n_real) == (whole.value, 60, 100)
    assert FrechetDistanceInf().title("FID-64") == "FID-64-inf"
    assert FrechetDistanceInf().title("FD-cnn") == "FD-cnn-inf"
