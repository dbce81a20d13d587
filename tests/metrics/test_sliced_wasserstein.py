"""The sliced Wasserstein distance of features against POT and closed forms."""

from __future__ import annotations

import numpy as np
import ot
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import wasserstein_distance

from feature_clouds import cloud
from tdot_core.metrics.features import Features
from tdot_core.metrics.sliced_wasserstein import (
    SlicedWasserstein,
    _coupling,
    sliced_wasserstein_distance,
    unit_directions,
)


@pytest.mark.parametrize(("n", "m"), [(60, 60), (60, 45), (31, 60), (1, 7)])
def test_equals_pot(n: int, m: int) -> None:
    real, fake = (cloud(k, 9, s, shift=0.2 * s).astype(np.float64) for k, s in ((n, 1), (m, 2)))
    theta = unit_directions(9)
    theirs = ot.sliced_wasserstein_distance(real, fake, projections=theta.T, p=2)
    assert sliced_wasserstein_distance(real=real, fake=fake) == pytest.approx(float(theirs), rel=1e-9)


def test_registered_metric_equals_pot_on_more_images_than_a_block() -> None:
    real, fake = cloud(5000, 6, 1), cloud(4200, 6, 2, shift=0.1)
    theirs = ot.sliced_wasserstein_distance(
        real.astype(float), fake.astype(float), projections=unit_directions(6).T, p=2
    )
    found = SlicedWasserstein().measure(real=Features(real), fake=Features(fake))
    assert found.value == pytest.approx(float(theirs), rel=1e-9)
    assert "4200 fake against 5000 real" in found.note


def test_a_shift_has_a_closed_form() -> None:
    real, shift = cloud(50, 5, 0).astype(np.float64), np.arange(5) - 1.5
    expected = np.sqrt(np.mean((unit_directions(5) @ shift) ** 2))
    assert sliced_wasserstein_distance(real=real, fake=real + shift) == pytest.approx(expected, rel=1e-12)
    assert sliced_wasserstein_distance(real=real, fake=real[::-1]) == pytest.approx(0, abs=1e-12)


def test_directions_are_unit_and_fixed() -> None:
    theta = unit_directions(12)
    assert theta.shape == (256, 12) and np.array_equal(theta, unit_directions(12))
    np.testing.assert_allclose(np.linalg.norm(theta, axis=1), 1, rtol=1e-12)
    np.testing.assert_allclose(theta.T @ theta / 256, np.eye(12) / 12, atol=0.03)


@given(st.integers(1, 30), st.integers(1, 30), st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_quantiles_of_any_two_sizes_are_coupled_as_scipy_couples_them(n: int, m: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    x, y = np.sort(random.normal(size=n)), np.sort(random.normal(size=m))
    weights, i, j = _coupling(n, m)
    assert weights.sum() == pytest.approx(1, rel=1e-12) and len(weights) <= n + m - 1
    assert np.abs(x[i] - y[j]) @ weights == pytest.approx(wasserstein_distance(x, y), rel=1e-9, abs=1e-12)
