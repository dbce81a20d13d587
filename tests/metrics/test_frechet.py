"""The Fréchet distance against closed forms, scipy's matrix root and torch-fidelity."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric

from feature_clouds import cloud
from tdot_core.errors import TdotError
from tdot_core.metrics.features import Features
from tdot_core.metrics.frechet import FrechetDistance
from tdot_core.metrics.gaussians import frechet_distance
from tdot_core.metrics.statistics import Statistics, from_features


def _diagonal(mean: list[float], variance: list[float]) -> Statistics:
    return Statistics(np.array(mean), np.diag(variance), 100)


def test_diagonal_gaussians_have_a_closed_form() -> None:
    real, fake = _diagonal([0, 0, 1], [1, 4, 9]), _diagonal([1, 2, 1], [4, 4, 0])
    # |m|^2 = 1 + 4, then (1 - 2)^2 + (2 - 2)^2 + (3 - 0)^2.
    assert frechet_distance(real=real, fake=fake) == pytest.approx(15.0, abs=1e-12)
    assert frechet_distance(real=fake, fake=real) == pytest.approx(15.0, abs=1e-12)


@given(st.integers(1, 12), st.integers(0, 2**31))
@settings(max_examples=40, deadline=None)
def test_commuting_gaussians_differ_by_the_roots_of_their_eigenvalues(d: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    basis = np.linalg.qr(random.normal(size=(d, d)))[0]
    a, b = random.uniform(0, 5, size=(2, d))
    mean_a, mean_b = random.normal(size=(2, d))
    expected = ((mean_a - mean_b) ** 2).sum() + ((np.sqrt(a) - np.sqrt(b)) ** 2).sum()
    real, fake = (Statistics(m, (basis * v) @ basis.T, 9) for m, v in ((mean_a, a), (mean_b, b)))
    assert frechet_distance(real=real, fake=fake) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("d", [3, 64, 192])
def test_agrees_with_scipy_and_torch_fidelity(d: int) -> None:
    real, fake = cloud(4 * d, d, 1), cloud(3 * d, d, 2, shift=0.3)
    ours = frechet_distance(real=from_features(real), fake=from_features(fake))
    both = [fid_features_to_statistics(torch.from_numpy(x.astype(np.float64))) for x in (real, fake)]
    theirs = fid_statistics_to_metric(*both, verbose=False)["frechet_inception_distance"]
    assert ours == pytest.approx(theirs, rel=1e-7)
    root = scipy.linalg.sqrtm(both[0]["sigma"] @ both[1]["sigma"]).real
    difference = both[0]["mu"] - both[1]["mu"]
    with_scipy = difference @ difference + np.trace(both[0]["sigma"] + both[1]["sigma"] - 2 * root)
    assert ours == pytest.approx(with_scipy, rel=1e-6)


def test_fewer_images_than_dimensions_keep_the_digits() -> None:
    # Rank 9 in 64 dimensions: eigenvalues of the product lose half of the digits here, the factors do not.
    real, fake = cloud(10, 64, 1), cloud(10, 64, 2)
    a, b = ((x - x.mean(0, dtype=np.float64)) / 3 for x in (real.astype(np.float64), fake.astype(np.float64)))
    overlap = np.linalg.svd(a @ b.T, compute_uv=False).sum()
    expected = ((real.mean(0, dtype=float) - fake.mean(0, dtype=float)) ** 2).sum()
    expected += (a**2).sum() + (b**2).sum() - 2 * overlap
    assert frechet_distance(real=from_features(real), fake=from_features(fake)) == pytest.approx(expected, rel=1e-9)


def test_equal_statistics_are_at_distance_zero_and_never_below() -> None:
    for seed in range(5):
        same = from_features(cloud(300, 50, seed))
        assert 0 <= frechet_distance(real=same, fake=same) < 1e-9 * np.trace(same.cov_f)


def test_collapsed_images_are_measured() -> None:
    constant = from_features(np.ones((5, 4)))
    spread = from_features(cloud(50, 4, 0))
    expected = ((spread.mean_f - 1) ** 2).sum() + np.trace(spread.cov_f)
    assert frechet_distance(real=spread, fake=constant) == pytest.approx(expected, rel=1e-12)


def test_widths_must_agree_and_values_stay_finite() -> None:
    with pytest.raises(TdotError, match="width 3 and fake ones 2"):
        frechet_distance(real=_diagonal([0, 0, 0], [1, 1, 1]), fake=_diagonal([0, 0], [1, 1]))
    with pytest.raises(TdotError, match="overflows"):
        frechet_distance(real=_diagonal([1e300], [1.0]), fake=_diagonal([-1e300], [1.0]))


def test_the_name_says_which_features() -> None:
    assert FrechetDistance().title("FID-2048") == "FID-2048"


def test_one_image_is_not_measured_and_few_are_marked() -> None:
    real = Features(cloud(100, 8, 0))
    one = FrechetDistance().measure(real=real, fake=Features(cloud(1, 8, 1)))
    assert one.value is None and "at least 2 images" in one.note
    few = FrechetDistance().measure(real=real, fake=Features(cloud(5, 8, 1)))
    assert few.value is not None and "biased upwards" in few.note


def test_statistics_alone_are_enough() -> None:
    real, fake = cloud(100, 8, 0), cloud(60, 8, 1)
    whole = FrechetDistance().measure(real=Features(real), fake=Features(fake))
    short = FrechetDistance().measure(real=Features(statistics=from_features(real)), fake=Features(fake))
    assert (short.value, short.n, short.n_real) == (whole.value, 60, 100)
