"""Kernel density against scipy's, and contour levels against counting."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import gaussian_kde

from tdot_core.errors import TdotError
from tdot_core.maths.point_density import gaussian_density, mass_levels


@pytest.mark.parametrize("n", [5, 40, 3000])
def test_the_density_is_scipys(n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(n)
    points = random.normal(size=(n, 2)) @ np.array([[2.0, 0.7], [0.0, 0.3]]) + [5, -3]
    places = random.normal(size=(70, 2)) * 3 + [5, -3]
    monkeypatch.setattr("tdot_core.maths.point_density.BLOCK", 10 * n)  # so that there are several blocks
    np.testing.assert_allclose(gaussian_density(points, places), gaussian_kde(points.T)(places.T), rtol=1e-8)


def test_the_level_of_a_share_lies_below_that_share_of_the_points() -> None:
    points = np.random.default_rng(1).normal(size=(400, 2))
    at_points = gaussian_density(points, points)
    outer, inner = mass_levels(at_points, (0.9, 0.5))
    assert outer < inner
    assert (at_points > outer).mean() == pytest.approx(0.9, abs=0.01)
    assert (at_points > inner).mean() == pytest.approx(0.5, abs=0.01)


def test_the_inner_region_of_a_gaussian_is_the_disc_that_theory_gives() -> None:
    # Half of a standard Gaussian lies within sqrt(2 ln 2) = 1.177; the kernel widens it by its bandwidth.
    points = np.random.default_rng(2).normal(size=(20_000, 2))
    level = mass_levels(gaussian_density(points, points[:4000]), [0.5])[0]
    along = np.stack([np.linspace(0, 3, 301), np.zeros(301)], 1)
    edge = along[np.argmax(gaussian_density(points, along) < level), 0]
    assert edge == pytest.approx(np.sqrt(2 * np.log(2)), abs=0.05)


def test_too_few_points_and_points_on_a_line_are_refused() -> None:
    with pytest.raises(TdotError, match="at least 5 points, found 4"):
        gaussian_density(np.zeros((4, 2)), np.zeros((1, 2)))
    with pytest.raises(TdotError, match="on one line"):
        gaussian_density(np.ones((9, 2)), np.zeros((1, 2)))
