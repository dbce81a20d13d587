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
