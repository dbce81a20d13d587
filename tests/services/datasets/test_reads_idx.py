"""MNIST's four files become a data set."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from array_files import idx, pictures, zipped
from dataset_files import run_import, visible, write_folder
from tdot_core.errors import TdotError
from tdot_core.progress import finish
from tdot_core.services.datasets.outside import read_outside

GREY = pictures(10)[:, :28, :28, 0].copy()
LABELS = np.array([7, 2, 1, 0, 4, 1, 4, 9, 5, 9], np.uint8)
MNIST = {
    "train-images-idx3-ubyte": idx(GREY[:7]),
    "train-labels-idx1-ubyte": idx(LABELS[:7]),
    "t10k-images-idx3-ubyte": idx(GREY[7:]),
    "t10k-labels-idx1-ubyte": idx(LABELS[7:]),
}


@pytest.mark.parametrize(
    "files",
    [
        MNIST,
        {f"MNIST/raw/{name}.gz": zipped(data) for name, data in MNIST.items()},
        {name.replace("-idx", ".idx"): data for name, data in MNIST.items()},
    ],
    ids=["raw", "gz", "dots"],
)
def test_as_downloaded(files: dict[str, bytes], tmp_path: Path, cache: Path) -> None:
    found = run_import(write_folder(tmp_path / "mnist", files))
    padded = np.zeros((10, 32, 32, 3), np.uint8)
    padded[:, 2:30, 2:30] = GREY[..., None]
    np.testing.assert_array_equal(found.images("train"), padded[:7])
    np.testing.assert_array_equal(found.images("test"), padded[7:])
    for split, labels in (("train", LABELS[:7]), ("test", LABELS[7:])):
        assert [found.info.classes[k] for k in found.labels(split)] == [str(label) for label in labels]
    assert found.info.n_resized == found.info.n_ignored == 0


def test_a_file_beside_its_compressed_copy_is_read_once_and_said(tmp_path: Path, cache: Path) -> None:
    """torchvision leaves MNIST/raw so: every file beside the .gz it came from."""
    both = MNIST | {f"{name}.gz": zipped(data) for name, data in MNIST.items()}
    found = run_import(write_folder(tmp_path / "mnist", {f"MNIST/raw/{name}": data for name, data in both.items()}))
    alone = run_import(write_folder(tmp_path / "plain", MNIST))
    assert (found.info.n_train, found.info.n_test, found.info.id) == (7, 3, alone.info.id)
    assert "4 files lie beside their compressed copies" in found.info.notes[0]
    own = finish(read_outside(tmp_path / "mnist", own_size=True))
    assert own.images.shape == (10, 28, 28, 3) and "4 files lie beside their compressed copies" in own.note


def test_one_file_of_images_alone(tmp_path: Path, cache: Path) -> None:
    (tmp_path / "x").write_bytes(idx(GREY))
    found = run_import(tmp_path / "x", test_fraction=0)
    assert (found.info.n_train, found.info.classes) == (10, ()) and "No labels lie beside" in found.info.notes[0]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"a-images": idx(GREY)[:-1]}, "its header says"),
        ({"a-images": idx(GREY) + b"x"}, "its header says"),
        ({"a-images.gz": zipped(idx(GREY)[:-1])}, "ends too early"),
        ({"a-images.gz": zipped(idx(GREY) + b"x")}, "goes on"),
        ({"a-images.gz": zipped(idx(GREY))[:-20]}, "cannot be read"),
        ({"a-images": idx(GREY), "a-labels": idx(LABELS[:5])}, "5 labels of uint8 for 10 images"),
        ({"a-labels": idx(LABELS)}, "holds no images"),
        ({"a-images": idx(GREY[:0])}, "holds no images"),
        ({"a-images": b"\0\0\x0d" + idx(GREY)[3:]}, "unsigned bytes"),
        ({"a-images": idx(GREY), "b-images": idx(GREY), "train-images": idx(GREY)}, "only train-images is named"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(
    files: dict[str, bytes], message: str, tmp_path: Path, cache: Path
) -> None:
    with pytest.raises(TdotError, match=message) as refused:
        run_import(write_folder(tmp_path / "set", files))
    assert "\n" not in str(refused.value) and visible(cache) == []
