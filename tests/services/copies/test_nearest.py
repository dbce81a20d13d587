"""The nearest training image against brute force over integers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tdot_core.errors import TdotError
from tdot_core.services.copies.nearest import ROWS, nearest, nearest_rows, neighbours
from tdot_core.services.datasets import load_dataset


def test_rows_equal_brute_force_in_integers_across_blocks() -> None:
    rng = np.random.default_rng(0)
    known = rng.integers(0, 256, (ROWS + 37, 32, 32, 3), dtype=np.uint8)
    images = np.concatenate([rng.integers(0, 256, (3, 32, 32, 3), dtype=np.uint8), known[[ROWS + 5]]])
    rows, squared = nearest_rows(images, known)
    for k, image in enumerate(images):
        truth = ((known.astype(np.int32) - image.astype(np.int32)) ** 2).sum(axis=(1, 2, 3), dtype=np.int64)
        assert (rows[k], squared[k]) == (truth.argmin(), truth.min())
    assert rows[-1] == ROWS + 5 and squared[-1] == 0


def test_neighbours_are_the_first_of_all_rows_in_order(cache: Path) -> None:
    train = np.asarray(load_dataset("digits").images("train"))
    image = np.random.default_rng(1).integers(0, 256, (1, 32, 32, 3), dtype=np.uint8)
    truth = ((train.astype(np.int64) - image.astype(np.int64)) ** 2).sum(axis=(1, 2, 3))
    (found,) = neighbours(image, "digits", 4)
    assert [one.row for one in found] == np.argsort(truth, kind="stable")[:4].tolist()
    assert [one.distance * 127.5 for one in found] == pytest.approx(np.sqrt(np.sort(truth)[:4]))
    assert nearest(image, "digits")[0].row == found[0].row


def test_ties_go_to_the_first_row() -> None:
    known = np.zeros((ROWS + 2, 32, 32, 3), dtype=np.uint8)
    assert nearest_rows(known[:1], known)[0].tolist() == [0]


def test_a_copy_is_found_with_its_class(cache: Path) -> None:
    data = load_dataset("digits")
    labels = data.labels("train")
    assert labels is not None
    found = nearest(np.array(data.images("train")[[7, 100]]), "digits")
    assert [f.distance for f in found] == [0.0, 0.0] and [f.row for f in found] == [7, 100]
    assert [f.label for f in found] == [data.info.classes[labels[7]], data.info.classes[labels[100]]]


def test_black_and_white_are_the_farthest_apart(cache: Path) -> None:
    known = np.full((1, 32, 32, 3), 255, dtype=np.uint8)
    assert nearest_rows(np.zeros_like(known), known)[1][0] ** 0.5 / 127.5 == pytest.approx((3072 * 4) ** 0.5)


def test_an_unknown_data_set_says_what_to_do(cache: Path) -> None:
    with pytest.raises(TdotError, match="data download cifar10"):
        nearest(np.zeros((1, 32, 32, 3), np.uint8), "cifar10")
