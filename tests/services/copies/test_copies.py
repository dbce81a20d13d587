"""Finding copies: planted ones are found, in pixels and features, and come back from disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from tdot_core.errors import TdotError
from tdot_core.services.copies.matches import by_pixels, copies, load_matches, save_matches


def test_planted_copies_come_first_and_distances_are_brute_force(cache: Path) -> None:
    random = np.random.default_rng(3)
    train = random.integers(0, 256, (60, 32, 32, 3), dtype=np.uint8)
    images = random.integers(0, 256, (20, 32, 32, 3), dtype=np.uint8)
    images[7], images[11] = train[42], np.clip(train[13].astype(int) + 3, 0, 255).astype(np.uint8)
    found = by_pixels(images, train, images[:2], shown=5)
    assert found.index[:2].tolist() == [7, 11] and found.rows[:2].tolist() == [42, 13] and copies(found) == 1
    distances = cdist(images.reshape(20, -1) / 127.5, train.reshape(60, -1) / 127.5).min(1)
    assert found.distances == pytest.approx(np.sort(distances)[:5]) and found.usual == pytest.approx(
        np.median(distances)
    )
    assert found.test == pytest.approx(np.median(distances[:2])) and np.array_equal(found.nearest[0], train[42])
    save_matches("key", [found, found])
    again = load_matches("key")[1]
    assert again.sentence() == found.sentence() and np.array_equal(again.images, found.images)
    assert again.to_json() == found.to_json() and again.to_json()["closest"][0] == {
        "image": 7,
        "row": 42,
        "distance": 0.0,
    }


@pytest.mark.parametrize("content", [None, b"", b"PK damaged"])
def test_what_is_gone_or_damaged_is_a_sentence(cache: Path, content: bytes | None) -> None:
    if content is not None:
        (cache / "copies").mkdir()
        (cache / "copies" / "key.npz").write_bytes(content)
    with pytest.raises(TdotError, match="evaluate again"):
        load_matches("key")
