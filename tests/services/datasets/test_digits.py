"""The built-in data set."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy.ndimage import map_coordinates
from sklearn.datasets import load_digits

from tdot_core.services.datasets import list_datasets, load_dataset
from tdot_core.services.datasets.digits import upscale


def test_it_is_there_without_asking(cache: Path) -> None:
    (info,) = list_datasets()
    assert (info.name, info.n_train, info.n_test, len(info.classes)) == ("digits", 1442, 355, 10)
    assert load_dataset("digits").info == info == load_dataset(info.id).info


def test_every_image_is_there_once_and_every_class_in_both_splits(cache: Path) -> None:
    dataset = load_dataset("digits")
    labels = {split: dataset.labels(split) for split in ("train", "test")}
    counts = {split: np.bincount(found) for split, found in labels.items() if found is not None}
    np.testing.assert_array_equal(counts["train"] + counts["test"], np.bincount(load_digits().target))
    np.testing.assert_array_equal(counts["test"], (counts["train"] + counts["test"]) // 5)
    together = np.concatenate([dataset.images("train"), dataset.images("test")])
    expected = upscale(load_digits().images)
    assert sorted(image.tobytes() for image in together) == sorted(image.tobytes() for image in expected)


def test_images_and_labels_belong_together(cache: Path) -> None:
    dataset, bunch = load_dataset("digits"), load_digits()
    known = {image.tobytes(): int(label) for image, label in zip(upscale(bunch.images), bunch.target, strict=True)}
    labels = dataset.labels("test")
    assert labels is not None
    assert [known[image.tobytes()] for image in dataset.images("test")] == labels.tolist()


def test_upscale_is_bilinear_about_pixel_centres() -> None:
    grey = load_digits().images[:20]
    places = np.clip((np.arange(32) + 0.5) / 4 - 0.5, 0, 7)
    rows, columns = np.meshgrid(places, places, indexing="ij")
    for small, large in zip(grey, upscale(grey), strict=True):
        expected = map_coordinates(small, [rows, columns], order=1) * 255 / 16
        np.testing.assert_allclose(large[..., 0], expected, atol=0.5 + 1e-9)
        assert (large[..., 0] == large[..., 1]).all() and (large[..., 0] == large[..., 2]).all()
    assert upscale(np.full((1, 8, 8), 16)).min() == 255


def test_a_damaged_copy_is_built_again(cache: Path) -> None:
    info = load_dataset("digits").info
    (cache / "datasets" / info.id / "train.npy").write_bytes(b"damaged")
    dataset = load_dataset("digits")
    assert dataset.info.id == info.id and dataset.images("train").shape == (1442, 32, 32, 3)
