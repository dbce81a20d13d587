"""Noised images and what a start at t saves, against torch's own forward process and closed forms."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from tdot_core.errors import TdotError
from tdot_core.maths.forward import add_noise
from tdot_core.maths.quantise import to_uint8
from tdot_core.services.catalogue.truncation import (
    NOISE_SEED,
    NoiseSchedule,
    example_images,
    noised,
    start_facts,
)
from tdot_core.services.datasets import load_dataset

SCHEDULE = NoiseSchedule()
IMAGES = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)


def test_images_are_noised_as_the_forward_process_does_it() -> None:
    x0 = torch.from_numpy(IMAGES).permute(0, 3, 1, 2) / 127.5 - 1
    eps = torch.from_numpy(np.random.default_rng(NOISE_SEED).standard_normal(IMAGES.shape, dtype=np.float32)).permute(
        0, 3, 1, 2
    )
    expected = torch.stack([to_uint8(add_noise(x0, eps, t, SCHEDULE)) for t in (10, 300, 1000)]).numpy()
    # The two orders of float32 products may fall on either side of a pixel's edge.
    difference = noised(IMAGES, (10, 300, 1000), SCHEDULE).astype(int) - expected.astype(int)
    assert np.abs(difference).max() <= 1 and (difference != 0).mean() < 1e-3


def test_zero_steps_change_nothing_and_every_step_has_the_same_noise() -> None:
    clean, little, more = noised(IMAGES, (0, 2, 8), SCHEDULE)
    assert np.array_equal(clean, IMAGES)
    inside = (IMAGES > 60) & (IMAGES < 195)
    a, b = little[inside].astype(float) - IMAGES[inside], more[inside].astype(float) - IMAGES[inside]
    assert np.corrcoef(a, b)[0, 1] > 0.9


@pytest.mark.parametrize("t", [-1, 1001])
def test_a_step_off_the_schedule_is_a_sentence(t: int) -> None:
    with pytest.raises(TdotError, match="1000"):
        noised(IMAGES, (t,), SCHEDULE)
    with pytest.raises(TdotError, match="1000"):
        start_facts(t, SCHEDULE)


def test_the_facts_of_a_start() -> None:
    facts = start_facts(100, SCHEDULE)
    alpha_bar = np.prod(1 - np.linspace(1e-4, 0.02, 1000)[:100])
    assert facts.alpha_bar == pytest.approx(alpha_bar)
    assert facts.noise_std == pytest.approx(0.321, abs=1e-3)
    assert facts.snr_db == pytest.approx(10 * np.log10(alpha_bar / (1 - alpha_bar)))
    assert (facts.steps_saved, facts.ratio) == (900, 10.0)


def test_examples_show_every_class_once_before_any_twice(cache: Path) -> None:
    data = load_dataset("digits")
    images, labels = data.images("test"), data.labels("test")
    assert labels is not None
    chosen = example_images("digits", 10)
    shown = [int(labels[np.flatnonzero((images == image).all(axis=(1, 2, 3)))[0]]) for image in chosen]
    assert shown == list(range(10))


def test_asking_for_more_examples_than_there_are_gives_all(cache: Path) -> None:
    n = load_dataset("digits").info.n_test
    assert len(example_images("digits", n + 50)) == n
    rows = np.concatenate([example_images("digits", 100, row) for row in range(5)])
    np.testing.assert_array_equal(rows[n:], rows[: len(rows) - n])
    with pytest.raises(TdotError, match="digits"):
        example_images("no-such-set", 3)
