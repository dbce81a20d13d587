"""The Bures-Wasserstein distance against POT's closed form."""

from __future__ import annotations

import numpy as np
import ot
import pytest

from tdot_core.maths.bures import bures_distance


@pytest.mark.parametrize(("n", "d"), [(400, 6), (30, 12), (21, 20)])
def test_it_equals_pot_on_the_samples_moments(n: int, d: int) -> None:
    random = np.random.default_rng(n)
    samples = random.standard_normal((n, d)) @ random.standard_normal((d, d)) + 3
    root = random.standard_normal((d, d))
    cov, mean = root @ root.T + np.eye(d), random.standard_normal(d)
    expected = ot.gaussian.bures_wasserstein_distance(samples.mean(0), mean, np.cov(samples, rowvar=False), cov)
    assert bures_distance(samples, mean, np.linalg.cholesky(cov)) == pytest.approx(float(expected), rel=1e-6)


def test_fewer_samples_than_dimensions_equal_the_definition() -> None:
    random = np.random.default_rng(9)
    samples, root = random.standard_normal((9, 20)) + 1, random.standard_normal((20, 20))
    cov, sample_cov = root @ root.T, np.cov(samples, rowvar=False)
    # POT's square root fails on a singular covariance; scipy's of the product does not.
    overlap = np.sqrt(np.linalg.eigvals(sample_cov @ cov).real.clip(0)).sum()
    squared = np.square(samples.mean(0)).sum() + np.trace(sample_cov + cov) - 2 * overlap
    assert bures_distance(samples, np.zeros(20), np.linalg.cholesky(cov)) == pytest.approx(squared**0.5, rel=1e-6)


def test_samples_of_the_gaussian_itself_are_near_and_equal_moments_at_zero() -> None:
    random = np.random.default_rng(0)
    samples = random.standard_normal((50, 4))
    centred = samples - samples.mean(0)
    factor = np.linalg.cholesky(centred.T @ centred / 49)
    assert bures_distance(samples, samples.mean(0), factor) < 1e-6
    assert bures_distance(samples + 2, samples.mean(0), factor) == pytest.approx(4.0)
