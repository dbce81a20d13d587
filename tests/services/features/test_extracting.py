"""Features extracted once per content, kept on disk whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from tdot_core.errors import TdotError
from tdot_core.metrics.statistics import from_features
from tdot_core.models.extractor import Extractor
from tdot_core.progress import Progress, finish
from tdot_core.services.features.extract import FeatureSet, extract, images_hash
from tdot_core.services.features.extractors import open_extractor

IMAGES = np.random.default_rng(0).integers(0, 256, (40, 32, 32, 3), dtype=np.uint8)


class Means(Extractor):
    """An extractor whose answer is known: mean colours, and column means of the first channel; counts its calls."""

    key = "means"
    layers, absent = ("colour", "column"), ("deep",)
    device = torch.device("cpu")

    def __init__(self, fingerprint: str = "a" * 64, bad: float | None = None) -> None:
        self.widths, self.fingerprint, self.bad, self.calls = {"colour": 3, "column": 32}, fingerprint, bad, 0

    def __call__(self, images: NDArray[np.uint8], layers: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        self.calls += 1
        found = {"colour": images.mean((1, 2)), "column": images[..., 0].mean(1)}
        if self.bad is not None:
            found["colour"][-1] = self.bad
        return {layer: found[layer].astype(np.float32) for layer in layers}


def _get(images: NDArray[np.uint8], extractor: Extractor, *layers: str) -> dict[str, FeatureSet]:
    return finish(extract(images, extractor, layers))


def _files(cache: Path) -> list[str]:
    return sorted(str(p.relative_to(cache)) for p in (cache / "features").rglob("*") if p.is_file())


def test_features_are_the_extractors_in_order_with_their_origin(cache: Path) -> None:
    found = _get(IMAGES, Means(), "column", "colour")
    np.testing.assert_allclose(found["colour"].array, IMAGES.mean((1, 2)), rtol=1e-6)
    np.testing.assert_allclose(found["column"].array, IMAGES[..., 0].mean(1), rtol=1e-6)
    assert (found["colour"].extractor, found["colour"].layer, found["colour"].n) == ("means", "colour", 40)
    assert isinstance(found["colour"].array.base, np.memmap) or isinstance(found["colour"].array, np.memmap)


def test_progress_counts_images(cache: Path) -> None:
    seen: list[Progress] = []
    finish(extract(IMAGES, Means(), ["colour"]), seen.append)
    assert [p.step for p in seen] == [0, 16, 32, 40] and {p.total for p in seen} == {40}


def test_the_same_pixels_are_extracted_once_wherever_they_come_from(cache: Path, tmp_path: Path) -> None:
    extractor = Means()
    first = _get(IMAGES, extractor, "colour")["colour"].array
    calls = extractor.calls
    np.save(tmp_path / "copy.npy", IMAGES)
    again = list(extract(np.load(tmp_path / "copy.npy", mmap_mode="r"), extractor, ["colour"]))
    assert again == [] and extractor.calls == calls
    _get(IMAGES, extractor, "colour", "column")
    assert extractor.calls == 2 * calls
    np.testing.assert_array_equal(_get(IMAGES, extractor, "colour")["colour"].array, first)


def test_other_pixels_order_or_weights_are_other_features(cache: Path) -> None:
    hashes = {images_hash(x) for x in (IMAGES, IMAGES[::-1], IMAGES[:-1], IMAGES.reshape(20, 64, 32, 3))}
    assert len(hashes) == 4 and images_hash(IMAGES) == images_hash(IMAGES.copy())
    first, second = Means(), Means("b" * 64)
    _get(IMAGES, first, "colour")
    _get(IMAGES, second, "colour")
    assert second.calls == first.calls > 0 and len(_files(cache)) == 2


def test_a_damaged_file_is_made_again(cache: Path) -> None:
    extractor = Means()
    path = _get(IMAGES, extractor, "colour")["colour"].path
    whole = path.read_bytes()
    for damage in (whole[:100], b"", whole.replace(b"<f4", b"<f2")):
        path.write_bytes(damage)
        _get(IMAGES, extractor, "colour")
        assert path.read_bytes() == whole


def test_statistics_are_kept_beside_the_features(cache: Path) -> None:
    features = _get(IMAGES, Means(), "colour")["colour"]
    expected = from_features(IMAGES.mean((1, 2)).astype(np.float32))
    np.testing.assert_allclose(features.statistics.cov_f, expected.cov_f, rtol=1e-12)
    kept = features.path.with_suffix(".npz")
    before = kept.stat().st_mtime_ns
    assert np.array_equal(_get(IMAGES, Means(), "colour")["colour"].statistics.cov_f, features.statistics.cov_f)
    assert kept.stat().st_mtime_ns == before
    kept.write_bytes(b"damaged")
    assert np.array_equal(_get(IMAGES, Means(), "colour")["colour"].statistics.cov_f, features.statistics.cov_f)


def test_stopping_half_way_leaves_nothing_half_written(cache: Path) -> None:
    work = extract(IMAGES, Means(), ["colour"])
    next(work), next(work)
    work.close()
    assert _files(cache) == []
    assert len(_get(IMAGES, Means(), "colour")["colour"].array) == 40


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_features_that_are_not_finite_are_refused_and_not_kept(cache: Path, bad: float) -> None:
    with pytest.raises(TdotError, match="NaN or infinity at layer colour"):
        _get(IMAGES, Means(bad=bad), "colour")
    assert _files(cache) == []


@pytest.mark.parametrize("images", [IMAGES[:0], IMAGES[0], IMAGES[:, :16], IMAGES.astype(np.float32), IMAGES[..., :1]])
def test_other_arrays_than_images_are_refused(cache: Path, images: np.ndarray) -> None:
    with pytest.raises(TdotError, match=r"need uint8 images \(n, 32, 32, 3\) with n >= 1, found"):
        _get(images, Means(), "colour")


def test_images_keep_their_size_where_the_extractor_takes_any(cache: Path) -> None:
    class OfAnySize(Means):
        any_size = True

    large = np.random.default_rng(1).integers(0, 256, (5, 48, 32, 3), dtype=np.uint8)
    features = _get(large, OfAnySize(), "colour")["colour"].array
    np.testing.assert_allclose(features, large.mean((1, 2)), rtol=1e-6)
    with pytest.raises(TdotError, match=r"Features of means need uint8 images \(n, 32, 32, 3\)"):
        _get(large, Means(), "colour")
    # The same bytes in another shape are other images; those of 32 x 32 have the identity that they always had.
    assert images_hash(large) != images_hash(large.reshape(5, 32, 48, 3))
    known = np.arange(2 * 32 * 32 * 3).reshape(2, 32, 32, 3).astype(np.uint8)
    assert images_hash(known) == "05c425fb0d2b57ebc110b34b54f106e1"


def test_a_layer_that_is_unknown_or_absent_is_told_before_anything_is_read(cache: Path) -> None:
    with pytest.raises(TdotError, match="Layer deep of means is not measured"):
        _get(IMAGES, Means(), "colour", "deep")
    with pytest.raises(TdotError, match="no layer 'shallow'. Known: colour, column"):
        _get(IMAGES, Means(), "shallow")
    assert not (cache / "features").exists()


def test_a_networks_features_of_an_image_depend_on_no_other_image(feature_net: Path) -> None:
    extractor = open_extractor("cifar-cnn")
    whole = _get(IMAGES, extractor, "penultimate")["penultimate"].array
    # Position 2 of a short, padded chunk instead of position 4 of the third.
    part = _get(IMAGES[34:38], extractor, "penultimate")["penultimate"].array
    np.testing.assert_array_equal(part, whole[34:38])
