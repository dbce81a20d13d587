"""Held-out test images: by content, enough of them, never on both sides."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from tdot_core.services.datasets.holdout import pick_test_images


def _digests(values: list[int]) -> list[bytes]:
    return [hashlib.sha256(str(value).encode()).digest() for value in values]


@given(st.lists(st.integers(0, 30), max_size=80), st.floats(0.01, 0.99))
def test_contract(values: list[int], fraction: float) -> None:
    digests = _digests(values)
    chosen = pick_test_images(digests, fraction)
    n = len(values)
    assert len(chosen) == n
    if n < 2:
        assert not chosen.any()
        return
    assert 1 <= chosen.sum() <= n - 1
    if len(set(values)) == n:
        assert chosen.sum() == min(max(1, round(fraction * n)), n - 1)
    test = {d for d, c in zip(digests, chosen, strict=True) if c}
    train = {d for d, c in zip(digests, chosen, strict=True) if not c}
    # Only when keeping copies together would leave no training image may a picture be on both sides.
    assert not test & train or max(digests.count(d) for d in test & train) >= n - chosen.sum()


@given(st.lists(st.integers(), unique=True, min_size=2, max_size=60), st.randoms(use_true_random=False))
def test_the_choice_depends_on_content_not_order(values: list[int], random: object) -> None:
    shuffled = list(values)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    before = {v for v, c in zip(values, pick_test_images(_digests(values), 0.1), strict=True) if c}
    after = {v for v, c in zip(shuffled, pick_test_images(_digests(shuffled), 0.1), strict=True) if c}
    assert before == after
