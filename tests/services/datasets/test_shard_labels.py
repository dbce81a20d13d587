"""Labels of EDM's and StyleGAN's zips."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from dataset_files import encode, picture, run_import, write_folder, write_zip
from tdot_core.errors import TdotError

FILES = {f"{i // 3:05d}/img{i:08d}.png": encode(picture(i)) for i in range(6)}
LABELS = [[name, (7 * i) % 12] for i, name in enumerate(FILES)]


def _with(labels: object) -> dict[str, bytes]:
    return FILES | {"dataset.json": json.dumps({"labels": labels}).encode()}


def test_the_labels_are_read_from_zip_and_folder(tmp_path: Path, cache: Path) -> None:
    for source in (write_zip(tmp_path / "x.zip", _with(LABELS)), write_folder(tmp_path / "x", _with(LABELS))):
        dataset = run_import(source, test_fraction=0)
        assert (dataset.info.n_train, dataset.info.n_test, dataset.info.n_ignored) == (6, 0, 0)
        labels = dataset.labels("train")
        assert labels is not None
        assert [dataset.info.classes[k] for k in labels] == [f"{label:02d}" for _, label in LABELS]
        np.testing.assert_array_equal(dataset.images("train"), np.stack([picture(i) for i in range(6)]))


def test_shards_are_no_classes(tmp_path: Path, cache: Path) -> None:
    for files in (FILES, _with(None)):
        assert run_import(write_zip(tmp_path / "x.zip", files)).info.classes == ()


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (LABELS[:3], "no label for 3 of its 6"),
        ([["a", 0.5]], "whole number"),
        ("x", "must hold rows"),
        ([*LABELS, [LABELS[0][0], 5]], "two labels"),
    ],
)
def test_labels_that_do_not_fit_are_refused(labels: object, message: str, tmp_path: Path, cache: Path) -> None:
    with pytest.raises(TdotError, match=message):
        run_import(write_zip(tmp_path / "x.zip", _with(labels)))


@pytest.mark.parametrize("start", ["./", "a/../", ".\\"])
def test_names_are_compared_as_paths(start: str, tmp_path: Path, cache: Path) -> None:
    files = {f"0000{i}/img0000000{i}.png": encode(picture(i)) for i in range(4)}
    labels = json.dumps({"labels": [[start + name, i % 2] for i, name in enumerate(files)]})
    found = run_import(write_folder(tmp_path / "set", files | {"dataset.json": labels.encode()}), test_fraction=0)
    assert found.labels("train").tolist() == [0, 1, 0, 1]


def test_labels_that_are_all_alike_are_left_out_and_said(tmp_path: Path, cache: Path) -> None:
    files = {f"00000/img0000000{i}.png": encode(picture(i)) for i in range(4)}
    labels = json.dumps({"labels": [[name, 3] for name in files]})
    info = run_import(write_folder(tmp_path / "set", files | {"dataset.json": labels.encode()})).info
    assert info.classes == () and "All images have the label '3'" in " ".join(info.notes)


def test_a_damaged_file_of_labels_is_a_sentence(tmp_path: Path, cache: Path) -> None:
    with pytest.raises(TdotError, match="cannot be read"):
        run_import(write_zip(tmp_path / "x.zip", FILES | {"dataset.json": b"{"}))


def test_another_tools_dataset_json_is_ignored(tmp_path: Path, cache: Path) -> None:
    files = {"a/1.png": encode(picture(1)), "b/1.png": encode(picture(2)), "dataset.json": b'{"name": "x"}'}
    info = run_import(write_zip(tmp_path / "x.zip", files)).info
    assert (info.classes, info.n_ignored) == (("a", "b"), 1)
