"""Hugging Face's parquet files become data sets."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from array_files import pictures, write_parquet
from dataset_files import encode, run_import, visible
from tdot_core.errors import TdotError

IMAGES = pictures(150)
LABELS = [(3 * i) % 4 for i in range(150)]
NAMES = ("zebra", "cat", "dog", "eel")


def test_images_labels_and_names_of_one_file(tmp_path: Path, cache: Path) -> None:
    found = run_import(write_parquet(tmp_path / "x", IMAGES, LABELS, NAMES), test_fraction=0)
    np.testing.assert_array_equal(found.images("train"), IMAGES)
    np.testing.assert_array_equal(found.labels("train"), LABELS)
    assert found.info.classes == NAMES and "'img', labels of 'label'" in found.info.notes[0]


def test_splits_and_shards_by_name(tmp_path: Path, cache: Path) -> None:
    (tmp_path / "data").mkdir()
    write_parquet(tmp_path / "data" / "train-00000-of-00002.parquet", IMAGES[:70], LABELS[:70], NAMES)
    write_parquet(tmp_path / "data" / "train-00001-of-00002.parquet", IMAGES[70:100], LABELS[70:100], NAMES)
    write_parquet(tmp_path / "data" / "test-00000-of-00001.parquet", IMAGES[100:], LABELS[100:], NAMES)
    found = run_import(tmp_path / "data")
    np.testing.assert_array_equal(found.images("train"), IMAGES[:100])
    np.testing.assert_array_equal(found.images("test"), IMAGES[100:])
    np.testing.assert_array_equal(found.labels("test"), LABELS[100:])
    assert not any("joins" in note for note in found.info.notes)


def test_bare_bytes_text_labels_and_bad_images(tmp_path: Path, cache: Path) -> None:
    cells = [encode(image) for image in IMAGES[:5]] + [b"x", None]
    pq.write_table(pa.table({"picture": cells, "label": ["b", "a", "b", "a", "b", "a", "a"]}), tmp_path / "x")
    found = run_import(tmp_path / "x", test_fraction=0)
    np.testing.assert_array_equal(found.images("train"), IMAGES[:5])
    assert found.info.classes == ("a", "b") and found.labels("train").tolist() == [1, 0, 1, 0, 1]
    assert found.info.skipped == ("x row 5", "x row 6")
    with pytest.raises(TdotError, match="x row 5 cannot be used"):
        run_import(tmp_path / "x", strict=True)


def test_labels_of_minus_one_are_none(tmp_path: Path, cache: Path) -> None:
    (tmp_path / "set").mkdir()
    write_parquet(tmp_path / "set" / "train.parquet", IMAGES[:100], LABELS[:100], NAMES)
    write_parquet(tmp_path / "set" / "test.parquet", IMAGES[100:], [-1] * 50, NAMES)
    found = run_import(tmp_path / "set")
    assert found.info.labelled == ("train",) and found.labels("test") is None


@pytest.mark.parametrize(
    "labels",
    [
        [1, 0, 0, 1],
        [1.0, 0.0, 0.0, 1.0],
        [True, False, False, True],
        ["1", "0", "0", "1"],
        pa.array(["1", "0", "0", "1"]).dictionary_encode(),
        pa.array([1, 0, 0, 1], pa.uint64()),
        pa.array([1, 0, 0, 1], pa.float16()),
    ],
    ids=lambda labels: str(getattr(labels, "type", type(labels[0]))),
)
def test_labels_of_any_type_are_the_same_classes(labels: object, tmp_path: Path, cache: Path) -> None:
    pq.write_table(pa.table({"image": [encode(i) for i in IMAGES[:4]], "label": labels}), tmp_path / "x")
    found = run_import(tmp_path / "x", test_fraction=0)
    assert found.info.classes == ("0", "1") and found.labels("train").tolist() == [1, 0, 0, 1]


@pytest.mark.parametrize("none", [None, -1, float("nan"), "text", ""])
def test_images_without_a_label_are_counted_wherever_they_lie(none: object, tmp_path: Path, cache: Path) -> None:
    """A batch holds 64 rows: whether all of one have no label must not matter."""
    (tmp_path / "set").mkdir()
    missing = {3, *range(64, 128), 140}
    kept = [NAMES[LABELS[i]] if isinstance(none, str) else LABELS[i] for i in range(150)]
    empty = None if none == "text" else none
    labels = [float(k) if isinstance(none, float) else k for k in kept]
    cells = [encode(image) for image in IMAGES]
    pq.write_table(pa.table({"image": cells, "label": labels}), tmp_path / "set" / "train.parquet")
    holed = [empty if i in missing else label for i, label in enumerate(labels)]
    pq.write_table(pa.table({"image": cells, "label": holed}), tmp_path / "set" / "test.parquet")
    found = run_import(tmp_path / "set")
    assert found.info.labelled == ("train",) and len(found.info.classes) == 4
    assert "The test split has no labels: 66 of its images have none." in found.info.notes
    expected = LABELS if not isinstance(none, str) else [sorted(NAMES).index(NAMES[k]) for k in LABELS]
    np.testing.assert_array_equal(found.labels("train"), expected)


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ([0.5, 1.0], "label (double)"),
        ([float("inf"), 1.0], "label (double)"),
        ([[0], [1]], "label (list<"),
        (pa.array([None, None]), "label (null)"),
        (pa.array([2**64 - 1, 0], pa.uint64()), "label (uint64)"),
        (pa.array([1, 2]).cast(pa.decimal128(20, 0)), "label (decimal128"),
    ],
    ids=lambda value: str(value)[:12],
)
def test_columns_that_are_read_as_nothing_are_said(labels: object, said: str, tmp_path: Path, cache: Path) -> None:
    cells = [encode(i) for i in IMAGES[:2]]
    pq.write_table(pa.table({"image": cells, "label": labels, "caption": ["a", "b"]}), tmp_path / "x")
    info = run_import(tmp_path / "x").info
    assert info.classes == () and f"Not read, being neither images nor labels: {said}" in info.notes[0]
    assert "caption (string)" in info.notes[0]


def test_one_label_for_all_is_left_out_and_said(tmp_path: Path, cache: Path) -> None:
    pq.write_table(pa.table({"image": [encode(i) for i in IMAGES[:2]], "label": ["a", "a"]}), tmp_path / "x")
    info = run_import(tmp_path / "x").info
    assert info.classes == () and "All images have the label 'a', which is left out." in info.notes


def test_cifar100_takes_the_fine_labels(tmp_path: Path, cache: Path) -> None:
    features = {
        "img": {"_type": "Image"},
        "fine_label": {"_type": "ClassLabel", "names": ["a", "b", "c"]},
        "coarse_label": {"_type": "ClassLabel", "names": ["x", "y"]},
    }
    table = pa.table({"img": [encode(i) for i in IMAGES[:4]], "fine_label": [2, 0, 1, 2], "coarse_label": [1, 0, 0, 1]})
    pq.write_table(
        table.replace_schema_metadata({b"huggingface": json.dumps({"info": {"features": features}}).encode()}),
        tmp_path / "x",
    )
    found = run_import(tmp_path / "x", test_fraction=0)
    assert found.info.classes == ("a", "b", "c") and found.labels("train").tolist() == [2, 0, 1, 2]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"text": ["a", "b"]}, "exactly one column of image files"),
        ({"a": [b"x", b"y"], "b": [b"x", b"y"]}, "exactly one column of image files"),
        ({"a": pa.array([], pa.binary())}, "has no rows"),
        ({"a": [b"x", b"y"], "label": [1, 2], "class": [1, 2]}, "could be the labels"),
        ({"a": [encode(IMAGES[0]), encode(IMAGES[1])], "label": [0, -3]}, "from 0"),
        ({"url": ["http://a/b.png"], "label": [0]}, "addresses and paths are not followed"),
        ({"image": [{"path": "a.png"}]}, "addresses and paths are not followed"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(columns: dict, message: str, tmp_path: Path, cache: Path) -> None:  # type: ignore[type-arg]
    pq.write_table(pa.table(columns), tmp_path / "x")
    with pytest.raises(TdotError, match=message) as refused:
        run_import(tmp_path / "x")
    assert "\n" not in str(refused.value) and visible(cache) == []


def test_damaged_files_are_one_sentence(tmp_path: Path, cache: Path) -> None:
    whole = write_parquet(tmp_path / "x", IMAGES, LABELS, NAMES).read_bytes()
    for data in (
        whole[:100_000],
        whole[:-20] + bytes(20),
        b"PAR1" + bytes(100),
        whole[:4] + bytes(50_000) + whole[50_004:],
    ):
        (tmp_path / "y").write_bytes(data)
        with pytest.raises(TdotError, match=r"cannot be read|can be read") as refused:
            run_import(tmp_path / "y", strict=True)
        assert "\n" not in str(refused.value)


def test_the_limit_holds(tmp_path: Path, cache: Path) -> None:
    with pytest.raises(TdotError, match="limit of"):
        run_import(write_parquet(tmp_path / "x", IMAGES, LABELS, NAMES), max_bytes=10_000)
