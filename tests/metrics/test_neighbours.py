"""Nearest neighbours and balls against scikit-learn and brute force, over tiles, ties and copies."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.neighbors import NearestNeighbors

from feature_clouds import ball_radii, cloud, distances
from tdot_core.errors import TdotError
from tdot_core.metrics.neighbours import MAX_THREADS, Neighbourhoods, nearest_squared

# Few values on a grid, so that ties, copies and points exactly on a ball's surface are the rule.
GRID = st.integers(-2, 2).map(float)


def _points(n: int) -> st.SearchStrategy[np.ndarray]:
    return hnp.arrays(np.float32, st.tuples(st.integers(n, 14), st.just(3)), elements=GRID)


def test_more_points_than_a_tile_agree_with_scikit_learn() -> None:
    targets, queries = cloud(4500, 24, 1), cloud(2100, 24, 2, shift=0.1)
    found = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(targets.astype(np.float64))
    expected, index = found.kneighbors(queries.astype(np.float64))
    squared, ours = nearest_squared(queries, targets)
    np.testing.assert_allclose(np.sqrt(squared), expected[:, 0], rtol=1e-9)
    assert np.array_equal(ours, index[:, 0])


def test_radii_of_more_points_than_a_tile_agree_with_scikit_learn() -> None:
    points = cloud(4500, 16, 3)
    expected = NearestNeighbors(n_neighbors=6, algorithm="brute").fit(points.astype(np.float64)).kneighbors()[0]
    balls = Neighbourhoods(points)
    for k in (3, 5, 6):
        np.testing.assert_allclose(np.sqrt(balls.radius2(k)), expected[:, k - 1], rtol=1e-9)


@given(_points(1), _points(1))
@settings(max_examples=60, deadline=None)
def test_nearest_is_exact_and_the_first_of_ties(queries: np.ndarray, targets: np.ndarray) -> None:
    squared, index = nearest_squared(queries, targets)
    every = distances(queries, targets)
    assert np.array_equal(index, every.argmin(axis=1))
    np.testing.assert_allclose(squared, every.min(axis=1) ** 2, rtol=1e-12)


@given(_points(7), _points(1), st.sampled_from([1, 3, 5, 6]), st.booleans())
@settings(max_examples=100, deadline=None)
def test_balls_count_points_on_their_surface_only_when_asked(
    points: np.ndarray, queries: np.ndarray, k: int, strict: bool
) -> None:
    # On this grid squared distances are whole numbers, so brute force is exact.
    reach = np.rint(ball_radii(points, k) ** 2)
    apart = np.rint(distances(queries, points) ** 2)
    held = apart < reach if strict else apart <= reach
    assert np.array_equal(Neighbourhoods(points).count(queries, k, strict=strict), held.sum(axis=1))
    np.testing.assert_array_equal(Neighbourhoods(points).radius2(k), reach)


@pytest.mark.parametrize("offset", [1e3, 1e6])
def test_far_from_the_origin_nothing_cancels(offset: float) -> None:
    targets = np.random.default_rng(0).normal(size=(300, 8)) + offset
    queries = np.random.default_rng(1).normal(size=(100, 8)) + offset
    squared, index = nearest_squared(queries, targets)
    every = distances(queries, targets)
    assert np.array_equal(index, every.argmin(axis=1))
    np.testing.assert_allclose(np.sqrt(squared), every.min(axis=1), rtol=1e-9)


def test_distances_that_float32_cannot_tell_apart_are_ranked_right() -> None:
    # 5,000 points on a sphere around each query, radii apart by 1e-9, the nearest anywhere: also in a later tile.
    random = np.random.default_rng(0)
    directions = random.normal(size=(5000, 300))
    directions /= np.linalg.norm(directions, axis=1)[:, None]
    centre = random.normal(size=300)
    for seed in range(4):
        order = np.random.default_rng(seed).permutation(5000)
        targets = centre + directions * (1 + 1e-9 * order)[:, None]
        squared, index = nearest_squared(np.repeat(centre[None], 3, axis=0), targets)
        assert index.tolist() == [int(order.argmin())] * 3
        np.testing.assert_allclose(squared, 1.0, rtol=1e-12)


@pytest.mark.parametrize("strict", [True, False])
def test_points_on_the_surface_of_a_ball_to_within_float32_are_decided_in_float64(strict: bool) -> None:
    random = np.random.default_rng(1)
    balls = Neighbourhoods(random.normal(size=(50, 300)))
    centre, radius = balls.points[0], np.sqrt(balls.radius2(3)[0])
    directions = random.normal(size=(400, 300))
    directions /= np.linalg.norm(directions, axis=1)[:, None]
    queries = centre + directions * radius * (1 + 1e-9 * np.linspace(-1, 1, 400))[:, None]
    apart, reach = distances(queries, balls.points), np.sqrt(balls.radius2(3))
    expected = (apart < reach if strict else apart <= reach).sum(axis=1)
    assert len(set(expected.tolist())) > 1
    assert np.array_equal(balls.count(queries, 3, strict=strict), expected)


@pytest.mark.parametrize("scale", [1e-30, 1e30])
def test_tiny_and_huge_features_neither_vanish_nor_overflow(scale: float) -> None:
    points = cloud(60, 6, 0).astype(np.float64) * scale
    np.testing.assert_allclose(np.sqrt(Neighbourhoods(points).radius2(3)), ball_radii(points, 3), rtol=1e-9)


def test_a_collapsed_set_has_balls_of_radius_zero() -> None:
    points = np.repeat(cloud(1, 5, 0), 5000, axis=0)
    balls = Neighbourhoods(points)
    assert not balls.radius2(5).any()
    assert balls.count(points[:3], 3, strict=False).tolist() == [5000, 5000, 5000]
    assert balls.count(points[:3], 3, strict=True).tolist() == [0, 0, 0]


def test_too_few_points_are_refused() -> None:
    with pytest.raises(TdotError, match="5-th neighbour needs at least 6 images, found 5"):
        Neighbourhoods(cloud(5, 3, 0)).radius2(5)


def test_memory_does_not_grow_with_the_square_of_the_number_of_points(tmp_path: Path) -> None:
    # A matrix of all distances would take 400 MB in float64 here; features come from a memory map, as on disk.
    n, d = 7000, 64
    np.save(tmp_path / "queries.npy", cloud(n, d, 1))
    np.save(tmp_path / "targets.npy", cloud(n, d, 2))
    queries, targets = (np.load(tmp_path / f"{name}.npy", mmap_mode="r") for name in ("queries", "targets"))
    tracemalloc.start()
    nearest_squared(queries, targets)
    Neighbourhoods(targets).count(queries, 5, strict=True)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 70 * 2**20 * MAX_THREADS
