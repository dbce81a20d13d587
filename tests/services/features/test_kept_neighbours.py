"""Neighbours kept on disk are the ones a search finds, searched once, and again when the file is damaged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tdot_core.metrics.features import Features
from tdot_core.metrics.pairs import all_rows
from tdot_core.services.features import kept_neighbours as module
from tdot_core.services.features.kept_neighbours import kept_neighbours


@pytest.fixture
def searches(cache: Path, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Keep sets of any size, and count the searches."""
    found: list[int] = []
    search = module.k_smallest

    def counted(*args: object, **options: object) -> object:
        found.append(1)
        return search(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "k_smallest", counted)
    monkeypatch.setattr(module, "FEWEST", 1)
    return found


def points(seed: int, n: int = 40) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n, 3)).astype(np.float32)


def test_what_is_kept_is_what_was_found(searches: list[int]) -> None:
    array = points(0)
    first, second = kept_neighbours(all_rows(array), 5), kept_neighbours(all_rows(array.copy()), 5)
    assert len(searches) == 1
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
    squared = np.sort(((array[:, None].astype(float) - array[None]) ** 2).sum(-1), axis=1)[:, 1:6]
    np.testing.assert_allclose(second[0], squared)


def test_other_features_or_another_k_are_searched(searches: list[int]) -> None:
    kept_neighbours(all_rows(points(0)), 5)
    kept_neighbours(all_rows(points(1)), 5)
    kept_neighbours(all_rows(points(0)), 4)
    assert len(searches) == 3


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 not a zip", b"\x93NUMPY"])
def test_a_damaged_file_is_searched_again(searches: list[int], cache: Path, damage: bytes) -> None:
    first = kept_neighbours(all_rows(points(0)), 5)
    (path,) = cache.glob("features/near-*/5.npz")
    path.write_bytes(damage)
    again = kept_neighbours(all_rows(points(0)), 5)
    assert len(searches) == 2 and np.array_equal(first[0], again[0])


def test_balls_are_the_same_with_copies_among_the_points(searches: list[int]) -> None:
    array = np.concatenate([points(2), points(2)[:7], points(2)[:3]])
    plain, kept = Features(array), Features(array, search=kept_neighbours)
    for _ in range(2):
        for k in (1, 3, 5):
            assert np.array_equal(plain.neighbourhoods.radius2(k), kept.neighbourhoods.radius2(k))
        kept = Features(array, search=kept_neighbours)
    assert len(searches) == 1


def test_a_small_set_is_not_kept(cache: Path) -> None:
    kept_neighbours(all_rows(points(0)), 5)
    assert not (cache / "features").exists()
