"""Nearest and farthest real features against scikit-learn and scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.neighbors import NearestNeighbors

from tdot_core.metrics.features import Features
from tdot_core.metrics.recall_dist import RecallDist
from tdot_core.services.features.near_real import farthest_real, near_real


def clouds() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    return random.normal(size=(300, 12)).astype(np.float32), random.normal(size=(80, 12)).astype(np.float32)


def test_the_nearest_are_scikit_learns() -> None:
    real, drawn = clouds()
    found = near_real(drawn, real, 3)
    distances, rows = NearestNeighbors(n_neighbors=3, algorithm="brute").fit(real.astype(float)).kneighbors(drawn)
    np.testing.assert_array_equal(found.rows, rows)
    np.testing.assert_allclose(found.distances, distances, rtol=1e-6)


def test_a_real_image_is_not_its_own_neighbour_and_a_copy_of_it_is() -> None:
    real, _ = clouds()
    real[7] = real[3]
    found = near_real(real[:20], real, 2, own=np.arange(20))
    whole = cdist(real[:20].astype(float), real.astype(float))
    whole[np.arange(20), np.arange(20)] = np.inf
    np.testing.assert_allclose(found.distances, np.sort(whole, 1)[:, :2], rtol=1e-6, atol=1e-9)
    assert found.rows[3, 0] == 7 and found.rows[7, 0] == 3 and found.distances[3, 0] == 0
    assert not (found.rows == np.arange(20)[:, None]).any()


def test_with_fewer_real_images_than_asked_for_all_are_given() -> None:
    real, drawn = clouds()
    assert near_real(drawn, real[:2], 5).rows.shape == (80, 2)
    assert near_real(real[:2], real[:2], 5, own=np.arange(2)).rows.tolist() == [[1], [0]]


def test_the_farthest_real_images_come_first_and_their_mean_is_recall_dist() -> None:
    real, drawn = clouds()
    found = farthest_real(real, drawn)
    whole = cdist(real.astype(float), drawn.astype(float))
    np.testing.assert_array_equal(found.rows, np.argsort(-whole.min(1), kind="stable"))
    np.testing.assert_array_equal(found.drawn, whole.argmin(1)[found.rows])
    measured = RecallDist().measure(real=Features(real), fake=Features(drawn)).value
    assert found.distances.mean() == pytest.approx(measured, rel=1e-6)
