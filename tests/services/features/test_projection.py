"""The projection of features against numpy's SVD, with signs and shares pinned."""

from __future__ import annotations

import numpy as np
import pytest

from tdot_core.errors import TdotError
from tdot_core.metrics.statistics import from_features
from tdot_core.services.features.projection import fit_projection, relative_spread


def _features(n: int, d: int, mean: float = 0.0) -> np.ndarray:
    rng = np.random.default_rng(7)
    return (rng.normal(size=(n, d)) * np.linspace(5, 1, d) + mean).astype(np.float32)


@pytest.mark.parametrize(("n", "d"), [(40, 6), (30, 25)])
def test_axes_coordinates_and_shares_are_those_of_numpys_svd(n: int, d: int) -> None:
    features = _features(n, d)
    projection = fit_projection(features, 3)
    centred = features.astype(np.float64) - features.astype(np.float64).mean(axis=0)
    _, singular, axes = np.linalg.svd(centred, full_matrices=False)
    np.testing.assert_allclose(projection.explained, (singular**2 / (singular**2).sum())[:3], rtol=1e-9)
    np.testing.assert_allclose(np.abs((projection.axes * axes[:3]).sum(axis=1)), 1.0, atol=1e-9)
    np.testing.assert_allclose(np.abs(projection.apply(features)), np.abs(centred @ axes[:3].T), atol=1e-6)


def test_the_largest_entry_of_every_axis_is_positive_whatever_the_order_of_rows() -> None:
    features = _features(60, 8)
    projection, shuffled = fit_projection(features), fit_projection(features[::-1])
    assert (projection.axes[np.arange(3), np.abs(projection.axes).argmax(axis=1)] > 0).all()
    np.testing.assert_allclose(projection.axes, shuffled.axes, atol=1e-9)


def test_a_large_mean_costs_no_digits() -> None:
    rng = np.random.default_rng(3)
    near = rng.normal(size=(500, 5)) * np.array([5.0, 4.0, 3.0, 2.0, 1.0])
    plain, far = fit_projection(near), fit_projection(near + 1e8)
    np.testing.assert_allclose(far.explained, plain.explained, rtol=1e-6)


def test_new_features_are_centred_on_the_real_mean() -> None:
    features = _features(50, 4, mean=3.0)
    projection = fit_projection(features, 2)
    np.testing.assert_allclose(projection.apply(features.mean(axis=0, dtype=np.float64)[None]), 0.0, atol=1e-6)


@pytest.mark.parametrize(
    ("features", "sentence"),
    [
        (np.ones((10, 4)), "equal"),
        (_features(3, 6), "more than 3 images"),
        (_features(10, 2), "more than 3 images and 3 dimensions"),
        (np.full((10, 4), np.nan), "NaN"),
    ],
)
def test_what_has_no_components_is_said(features: np.ndarray, sentence: str) -> None:
    with pytest.raises(TdotError, match=sentence):
        fit_projection(features)


def test_another_width_is_refused() -> None:
    with pytest.raises(TdotError, match="width 6, found width 5"):
        fit_projection(_features(40, 6)).apply(_features(4, 5))


def test_spread_is_the_ratio_of_total_variances() -> None:
    real, fake = _features(200, 5), _features(90, 5) * 0.5 + 4
    expected = fake.astype(np.float64).var(axis=0, ddof=1).sum() / real.astype(np.float64).var(axis=0, ddof=1).sum()
    assert relative_spread(real=from_features(real), fake=from_features(fake)) == pytest.approx(expected, rel=1e-9)


def test_spread_beside_constant_features_is_refused() -> None:
    with pytest.raises(TdotError, match="do not vary"):
        relative_spread(real=from_features(np.ones((5, 3))), fake=from_features(_features(9, 3)))
