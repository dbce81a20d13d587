"""References from the data set and from assets: one content, whichever it comes from."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tdot_core.errors import TdotError
from tdot_core.metrics import metrics
from tdot_core.metrics.features import Features
from tdot_core.models.extractor import Extractor
from tdot_core.progress import Progress, finish
from tdot_core.services.datasets import import_images, load_dataset
from tdot_core.services.features.extract import extract
from tdot_core.services.features.extractors import open_extractor
from tdot_core.services.features.reference_files import references_dir
from tdot_core.services.features.references import (
    Reference,
    reference,
    sample_rows,
    shipped_references,
    write_references,
)
from tdot_core.services.storage.paths import assets_root, cache_root

PROJECT = Path(__file__).resolve().parents[3]
LAYER = "penultimate"


def _import(folder: Path, name: str, order: list[int]) -> None:
    """Import 60 pictures in two classes; `order` decides which file name, and so which position, each gets."""
    for position, i in enumerate(order):
        pixels = np.random.default_rng(i).integers(0, 256, (32, 32, 3), dtype=np.uint8)
        path = folder / name / "train" / f"class{i % 2}" / f"{position:03}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(path)
    test = folder / name / "test" / "class0"
    test.mkdir(parents=True)
    Image.new("RGB", (32, 32), (9, 9, 9)).save(test / "0.png")
    finish(import_images(folder / name, name))


@pytest.fixture
def pictures(feature_net: Path, tmp_path: Path) -> str:
    """The name of an imported data set of 60 labelled training images."""
    _import(tmp_path, "pictures", list(range(60)))
    return "pictures"


@pytest.fixture
def network(feature_net: Path) -> Extractor:
    return open_extractor("cifar-cnn")


def _forget_images() -> None:
    shutil.rmtree(cache_root() / "datasets")
    shutil.rmtree(cache_root() / "features", ignore_errors=True)


def _agree(found: Reference, expected: Reference) -> None:
    """Equal to float16 rounding, row by row."""
    np.testing.assert_allclose(found.features.array, expected.features.array, rtol=2**-11, atol=2**-25)
    np.testing.assert_allclose(found.features.statistics.mean_f, expected.features.statistics.mean_f, rtol=1e-12)
    np.testing.assert_allclose(found.features.statistics.cov_f, expected.features.statistics.cov_f, rtol=1e-6)
    assert (found.n, found.dataset, found.classes) == (expected.n, expected.dataset, expected.classes)


def test_the_imported_data_set_gives_statistics_of_everything_and_a_sample(pictures: str, network: Extractor) -> None:
    found = finish(reference(pictures, network, LAYER))
    data = load_dataset(pictures)
    whole = finish(extract(data.images(), network, [LAYER]))[LAYER]
    assert not found.shipped and (found.n, found.dataset, found.classes) == (60, "pictures", ("class0", "class1"))
    assert np.array_equal(np.sort(found.rows), np.arange(60)) and found.labels is not None
    np.testing.assert_array_equal(found.features.array, whole.array[found.rows])
    np.testing.assert_array_equal(found.labels, data.labels()[found.rows])  # type: ignore[index]
    np.testing.assert_array_equal(found.features.statistics.cov_f, whole.statistics.cov_f)


def test_the_shipped_file_agrees_with_the_data_set_and_stands_in_for_it(pictures: str, network: Extractor) -> None:
    from_images = finish(reference(pictures, network, LAYER))
    (info,) = finish(write_references(pictures, network, [LAYER]))
    assert shipped_references() == [info] and info.path.parent == assets_root() / "references" / "pictures"
    assert (info.n, info.sample, info.train_set) == (60, 60, load_dataset(pictures).info.train_set)
    beside = finish(reference(pictures, network, LAYER))
    data_id = load_dataset(pictures).info.id
    _forget_images()
    for name in (pictures, data_id):
        seen: list[Progress] = []
        alone = finish(reference(name, network, LAYER), seen.append)
        assert beside.shipped and alone.shipped and seen == []
        for shipped in (beside, alone):
            _agree(shipped, from_images)
            np.testing.assert_array_equal(shipped.rows, from_images.rows)
            np.testing.assert_array_equal(shipped.labels, from_images.labels)  # type: ignore[arg-type]


def test_metrics_agree_between_the_two(pictures: str, network: Extractor) -> None:
    fake = Features(finish(extract(load_dataset("digits").images()[:50], network, [LAYER]))[LAYER].array)
    from_images = finish(reference(pictures, network, LAYER)).features
    finish(write_references(pictures, network, [LAYER]))
    shipped = finish(reference(pictures, network, LAYER)).features
    for key, metric in metrics.all().items():
        if metric.reads:
            continue  # they need more than the two sides, which tests/metrics gives them
        first, second = (metric().measure(real=real, fake=fake) for real in (from_images, shipped))
        assert first.value is not None and second.value == pytest.approx(first.value, rel=2e-3, abs=1e-6), key
        assert (first.n, first.n_real) == (second.n, second.n_real)


def test_the_same_images_in_another_order_give_the_same_features_with_their_own_rows(
    pictures: str, network: Extractor, tmp_path: Path
) -> None:
    first = finish(reference(pictures, network, LAYER))
    finish(write_references(pictures, network, [LAYER]))
    _import(tmp_path, "mixed", [int(i) for i in np.random.default_rng(0).permutation(60)])
    assert load_dataset("mixed").info.id != load_dataset(pictures).info.id
    mixed = finish(reference("mixed", network, LAYER))
    assert mixed.shipped and mixed.dataset == "mixed"
    np.testing.assert_allclose(mixed.features.array, first.features.array, rtol=2**-11, atol=2**-25)
    images, others = load_dataset("mixed").images(), load_dataset(pictures).images()
    np.testing.assert_array_equal(images[mixed.rows], others[first.rows])
    np.testing.assert_array_equal(load_dataset("mixed").labels()[mixed.rows], mixed.labels)  # type: ignore[index]


def test_other_images_under_the_name_of_a_shipped_reference_count_themselves(
    pictures: str, network: Extractor, tmp_path: Path
) -> None:
    finish(write_references(pictures, network, [LAYER]))
    shutil.rmtree(tmp_path / "pictures")
    _import(tmp_path, "pictures", list(range(100, 130)))
    found = finish(reference("pictures", network, LAYER))
    assert not found.shipped and found.n == 30


def test_another_network_is_not_mistaken_for_the_one_behind_a_reference(
    pictures: str, network: Extractor, feature_net: Path
) -> None:
    finish(write_references(pictures, network, [LAYER]))
    from tdot_core.models.cifar_cnn_extractor import CifarCnnExtractor
    from tdot_core.services.runs.checkpoints import load_weights

    (run,) = feature_net.glob("runs/cifar-cnn-*")
    weights = load_weights(run)
    same = CifarCnnExtractor(weights, 8, 10, "1" * 64)
    bent = CifarCnnExtractor(weights | {"stem.0.weight": weights["stem.0.weight"] * 1.2}, 8, 10, "2" * 64)
    assert finish(reference(pictures, same, LAYER)).shipped
    assert not finish(reference(pictures, bent, LAYER)).shipped
    _forget_images()
    with pytest.raises(
        TdotError, match=r"'pictures' are not imported, and no reference .* Shipped: cifar-cnn penultimate"
    ):
        finish(reference(pictures, bent, LAYER))


def test_without_images_and_without_a_reference_it_says_what_is_there(network: Extractor) -> None:
    with pytest.raises(TdotError, match="Unknown data set 'cifar10'.*data download cifar10"):
        finish(reference("cifar10", network, LAYER))
    for hostile in ("../../etc", "", "x" * 300, "a/b", "\0"):
        with pytest.raises(TdotError, match="Unknown data set"):
            finish(reference(hostile, network, LAYER))
    with pytest.raises(TdotError, match="no layer '64'"):
        finish(reference("digits", network, "64"))


def test_writing_again_replaces_the_file_of_older_weights(pictures: str, network: Extractor) -> None:
    finish(write_references(pictures, network, [LAYER]))
    (old,) = references_dir().rglob("*.npz")
    old.rename(old.with_name(old.name.replace(network.fingerprint[:12], "0" * 12)))
    finish(write_references("digits", network, [LAYER]))
    assert len(shipped_references()) == 2
    finish(write_references(pictures, network, [LAYER]))
    assert sorted(p.name for p in references_dir().rglob("*.npz")) == [old.name, old.name]
    assert {info.dataset for info in shipped_references()} == {"digits", "pictures"}


def _rewrite(path: Path, **changes: np.ndarray) -> None:
    with np.load(path) as file:
        arrays = dict(file)
    np.savez_compressed(path, **{**arrays, **changes})  # type: ignore[arg-type]


DAMAGES = {
    "truncated": lambda path: path.write_bytes(path.read_bytes()[:-200]),
    "empty": lambda path: path.write_bytes(b""),
    "no archive": lambda path: path.write_text("text"),
    "a flipped byte": lambda path: path.write_bytes(_flipped(path.read_bytes())),
    "a NaN in the mean": lambda path: _rewrite(path, mean=np.full(32, np.nan)),
    "a NaN in the sample": lambda path: _rewrite(path, sample=np.full((2, 32, 60), 0xFF, np.uint8)),
    "too few rows": lambda path: _rewrite(path, sample=np.zeros((2, 32, 59), np.uint8)),
    "rows that are not there": lambda path: _rewrite(path, rows=np.full(60, 60)),
    "labels that are not there": lambda path: _rewrite(path, labels=np.full(60, 2)),
    "another description": lambda path: _rewrite(path, meta=np.frombuffer(b'{"dataset": "pictures"}', np.uint8)),
    "code": lambda path: _rewrite(path, mean=np.array([{}] * 32, dtype=object)),
}


def _flipped(content: bytes) -> bytes:
    middle = content.index(b"sample.npy") + 200
    return content[:middle] + bytes([content[middle] ^ 0xFF]) + content[middle + 1 :]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_told_or_done_without(pictures: str, network: Extractor, damage: str) -> None:
    expected = finish(reference(pictures, network, LAYER))
    (info,) = finish(write_references(pictures, network, [LAYER]))
    DAMAGES[damage](info.path)
    with_images = finish(reference(pictures, network, LAYER))
    assert not with_images.shipped
    np.testing.assert_array_equal(with_images.features.array, expected.features.array)
    _forget_images()
    with pytest.raises(TdotError, match=r"pictures/cifar-cnn-penultimate-.* is missing or damaged .*assets reference"):
        finish(reference(pictures, network, LAYER))


def test_features_beyond_float16_are_not_shipped(pictures: str, network: Extractor) -> None:
    from tdot_core.services.features.reference_files import ReferenceFile, read_reference_file, write_reference_file

    (info,) = finish(write_references(pictures, network, [LAYER]))
    file = read_reference_file(info.path)
    huge = ReferenceFile(info, Features(file.features.array + 70_000), file.rows, file.labels, file.probe)
    with pytest.raises(TdotError, match="exceed float16"):
        write_reference_file(huge)


def test_the_sample_is_fixed_by_the_pixels_alone() -> None:
    images = np.random.default_rng(0).integers(0, 256, (50, 32, 32, 3), dtype=np.uint8)
    rows = sample_rows(images, 20)
    assert len(set(rows.tolist())) == 20 and rows.tolist() != sorted(rows)
    mixed = np.random.default_rng(1).permutation(50)
    np.testing.assert_array_equal(images[mixed][sample_rows(images[mixed], 20)], images[rows])
    np.testing.assert_array_equal(sample_rows(np.concatenate([images, images]), 100)[::2] % 50, sample_rows(images))


def test_listing_needs_no_torch(pictures: str, network: Extractor) -> None:
    finish(write_references(pictures, network, [LAYER]))
    code = (
        "import sys; from tdot_core.services.features.references import shipped_references as s; "
        "print(len(s()), 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, env=os.environ, capture_output=True, text=True)
    assert done.stdout.split() == ["1", "False"], done.stderr


def test_unlabelled_images_have_no_labels(feature_net: Path, network: Extractor, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "flat.zip", "w") as archive:
        for i in range(12):
            Image.new("RGB", (32, 32), (i * 20, 5, 5)).save(tmp_path / "one.png")
            archive.write(tmp_path / "one.png", f"{i}.png")
    finish(import_images(tmp_path / "flat.zip", "flat", test_fraction=0.2))
    finish(write_references("flat", network, [LAYER]))
    _forget_images()
    found = finish(reference("flat", network, LAYER))
    assert found.labels is None and found.classes == () and found.shipped
