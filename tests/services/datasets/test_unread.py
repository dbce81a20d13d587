"""What is not read names what converts it; what is broken is one sentence."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import scipy.io
from hypothesis import given, settings
from hypothesis import strategies as st

from array_files import cifar_batch, idx, npy, npz, pictures, write_parquet, write_tar, zipped
from dataset_files import encode, picture, run_import, visible, write_folder, write_zip
from tdot_core.errors import TdotError
from tdot_core.progress import finish
from tdot_core.services.datasets import import_images
from tdot_core.services.datasets.outside import read_outside

RECORD = (16).to_bytes(8, "little") + bytes(4 + 16 + 4)


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("x.h5", b"\x89HDF\r\n\x1a\n" + bytes(100), "HDF5.*h5py.*savez"),
        ("x.tfrecord-00000-of-00001", RECORD, "TFRecord.*tensorflow_datasets"),
        ("data.mdb", bytes(16) + b"\xde\xc0\xef\xbe" + bytes(100), "LMDB.*lmdb"),
        ("data-00000.arrow", b"\xff\xff\xff\xff" + bytes(100), "Arrow.*to_parquet"),
        ("x.7z", b"7z\xbc\xaf\x27\x1c" + bytes(100), "7z.*unpack"),
        ("x.rar", b"Rar!" + bytes(100), "RAR.*unpack"),
        ("inner.zip", b"PK\x03\x04" + bytes(100), "zip inside.*unpack"),
        ("x.pkl", b"\x80\x04\x8c\x01a.", "a pickle.*savez"),
        ("x.csv", b"label,pixel0\n1,2\n", "table of text.*class folders"),
        ("x.beton", b"abc", "another tool"),
        ("x.heic", b"abc", "image of another format.*PNG"),
        ("x.AVIF", b"abc", "image of another format.*PNG"),
        ("x.svg", b"<svg/>", "image of another format.*PNG"),
        ("x.tar.zst", b"\x28\xb5\x2f\xfd" + bytes(100), "zstd.*unpack"),
        ("x.npy.xz", b"\xfd7zXZ\0" + bytes(100), "xz.*unpack"),
        ("x.npy.bz2", b"BZh9" + bytes(100), "bzip2.*unpack"),
        ("x.png.download", b"version https://git-lfs.github.com/spec/v1\n", "Git LFS.*fetch"),
        ("readme", b"hello", "holds no images .* and no arrays"),
    ],
)
def test_each_names_its_converter(name: str, data: bytes, message: str, tmp_path: Path, cache: Path) -> None:
    folder = write_folder(tmp_path / "set", {name: data})
    for source in (folder, folder / name, write_tar(tmp_path / "y.tar", {name: data})):
        if source.suffix == ".zip":
            continue
        with pytest.raises(TdotError, match=message) as refused:
            run_import(source)
        assert "\n" not in str(refused.value)
    assert visible(cache) == []


def test_a_matlab_file(tmp_path: Path, cache: Path) -> None:
    scipy.io.savemat(tmp_path / "train_32x32.mat", {"X": np.zeros((32, 32, 3, 2), np.uint8), "y": [1, 2]})
    with pytest.raises(TdotError, match=r"MATLAB.*scipy\.io\.loadmat"):
        run_import(tmp_path / "train_32x32.mat")


def test_two_formats_at_once_are_refused(tmp_path: Path, cache: Path) -> None:
    with pytest.raises(TdotError, match="idx files and NumPy arrays|NumPy arrays and idx files"):
        run_import(write_folder(tmp_path / "set", {"a": npy(pictures(3)), "b": idx(pictures(3)[..., 0])}))


def test_arrays_beside_image_files_are_counted_as_ignored(tmp_path: Path, cache: Path) -> None:
    found = run_import(write_folder(tmp_path / "set", {"a.png": encode(picture(1)), "b.npy": npy(pictures(3))}))
    assert (found.info.n_train, found.info.n_ignored) == (1, 1)


def test_28x28_grey_is_the_same_data_set_in_every_file(tmp_path: Path, cache: Path) -> None:
    grey = pictures(5)[:, :28, :28, 0].copy()
    cells = [encode(image) for image in grey]
    write_folder(tmp_path / "png", {f"{i}.png": cell for i, cell in enumerate(cells)})
    write_folder(tmp_path / "tif", {f"{i}.tif": encode(image, "TIFF") for i, image in enumerate(grey)})
    write_zip(tmp_path / "zip", {f"{i}.png": cell for i, cell in enumerate(cells)})
    (tmp_path / "npy").write_bytes(npy(grey))
    (tmp_path / "npz").write_bytes(npz(images=grey[:, None].astype(np.float32) / 255))
    (tmp_path / "idx").write_bytes(idx(grey))
    pq.write_table(pa.table({"image": cells}), tmp_path / "parquet")
    found = {}
    for path in sorted(tmp_path.iterdir()):
        if path != cache:
            info = finish(import_images(path, path.name, test_fraction=0))
            found[path.name] = info.id
            said = "28x28 images" in " ".join(info.notes) and "black border of two pixels" in " ".join(info.notes)
            assert said and info.n_resized == 0, path.name
            measured = finish(read_outside(path))
            np.testing.assert_array_equal(measured.images[:, 2:30, 2:30, 1], grey)
            assert "black border of two pixels" in measured.note, path.name
    assert len(found) == 7 and len(set(found.values())) == 1, found


def test_arrays_inside_a_zip(tmp_path: Path, cache: Path) -> None:
    found = run_import(
        write_zip(tmp_path / "x.zip", {"a/x.npy": npy(pictures(5)), "a/readme.md": b"x"}), test_fraction=0
    )
    np.testing.assert_array_equal(found.images("train"), pictures(5))


def _samples() -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        parquet = write_parquet(Path(folder) / "x", pictures(4), [0, 1, 0, 1], ("a", "b")).read_bytes()
        tar = write_tar(Path(folder) / "y", {"a.png": encode(picture(1)), "b.png": encode(picture(2))}).read_bytes()
    return {
        "npz": npz(images=pictures(4), labels=np.array([0, 1, 0, 1])),
        "npy": npy(pictures(4).astype(np.float32) / 255),
        "idx": idx(pictures(4)[..., 0]),
        "idx.gz": zipped(idx(pictures(4)[..., 0])),
        "parquet": parquet,
        "tar": tar,
        "pickle": cifar_batch(pictures(4), {"labels": [0, 1, 0, 1]}, "training batch 1 of 5"),
    }


SAMPLES = _samples()


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(sorted(SAMPLES)), st.integers(0, 2**32), st.sampled_from(["flip", "cut", "head"]))
def test_any_damage_is_read_or_refused_in_one_sentence(kind: str, seed: int, how: str) -> None:
    chance, data = random.Random(seed), bytearray(SAMPLES[kind])
    for _ in range(chance.randint(1, 8) if how != "cut" else 0):
        data[chance.randrange(min(len(data), 300) if how == "head" else len(data))] = chance.randrange(256)
    if how == "cut":
        del data[chance.randrange(len(data)) :]
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("TDOT_CACHE", f"{folder}/cache")
        (Path(folder) / "x").write_bytes(data)
        try:
            found = run_import(Path(folder) / "x", test_fraction=0)
        except TdotError as error:
            assert "\n" not in str(error) and folder not in str(error)
            return
        assert found.images("train").shape[1:] == (32, 32, 3)
