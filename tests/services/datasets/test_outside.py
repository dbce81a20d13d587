"""Images made by other tools: read right, and every hostile file one sentence."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from array_files import cifar_batch, idx, npy, npz, write_parquet, write_tar, zipped
from dataset_files import encode, write_folder, write_zip
from tdot_core.errors import TdotError
from tdot_core.progress import finish
from tdot_core.services.datasets.outside import read_outside


def pictures(n: int = 5, side: int = 32) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (n, side, side, 3), dtype=np.uint8)


@pytest.mark.parametrize("key", ["images", "arr_0"])
@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_an_npz_comes_back_as_it_is(tmp_path: Path, key: str, save: object) -> None:
    save(tmp_path / "x.npz", **{key: pictures(), "label": np.arange(5)})  # type: ignore[operator]
    read = finish(read_outside(tmp_path / "x.npz"))
    assert (read.name, read.note) == ("x.npz", "") and np.array_equal(read.images, pictures())


def test_other_sizes_are_cropped_and_resized_and_it_is_said(tmp_path: Path) -> None:
    wide = np.concatenate([pictures(600, 64)] * 2, axis=2)[:, :, 32:]
    np.savez(tmp_path / "x.npz", images=wide)
    read = finish(read_outside(tmp_path / "x.npz"))
    expected = Image.fromarray(wide[599, :, 16:80]).resize((32, 32), Image.Resampling.BICUBIC)
    assert read.images.shape == (600, 32, 32, 3) and np.array_equal(read.images[599], np.asarray(expected))
    assert read.note == "600 images were not 32 x 32 and were cropped and resized."


def test_folders_and_zips_are_read_in_the_order_of_names_and_bad_files_are_left_out(tmp_path: Path) -> None:
    folder = tmp_path / "made"
    folder.mkdir()
    for k, picture in enumerate(pictures()):
        Image.fromarray(picture).save(folder / f"{k}.png")
    (folder / "9.png").write_bytes(b"not a picture")
    with zipfile.ZipFile(tmp_path / "made.zip", "w") as archive:
        for file in folder.iterdir():
            archive.write(file, f"deep/{file.name}")
    for source in (folder, tmp_path / "made.zip"):
        read = finish(read_outside(source))
        assert np.array_equal(read.images, pictures()) and read.note.startswith(
            "1 unreadable images were left out, first "
        )


def _npz_of(header: bytes, data: bytes = b"", name: str = "images.npy") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, header + data)
    return buffer.getvalue()


def _header(shape: tuple[int, ...], descr: str = "|u1", fortran: bool = False) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, {"descr": descr, "fortran_order": fortran, "shape": shape})
    return buffer.getvalue()


KEPT, GREY = pictures(6, 40), pictures(6, 28)[..., 0].copy()
LABELS = [0, 1, 2, 0, 1, 2]


def _files(folder: Path, **files: bytes) -> Path:
    return write_folder(folder / "made", {name.replace("__", "."): data for name, data in files.items()})


def _unit(images: np.ndarray) -> np.ndarray:
    return (images / 255).astype(np.float32)


ARRAYS: dict[str, tuple[Callable[[Path], Path], np.ndarray]] = {
    "npy": (lambda p: _files(p, x__npy=npy(KEPT)) / "x.npy", KEPT),
    "npy, colours first, floats": (lambda p: _files(p, x__npy=npy(_unit(KEPT).transpose(0, 3, 1, 2))) / "x.npy", KEPT),
    "npz under another name": (lambda p: _files(p, x__npz=npz(samples=KEPT, y=np.arange(6))) / "x.npz", KEPT),
    "npz of several": (lambda p: _files(p, x__npz=npz(real=KEPT[::-1], images=KEPT)) / "x.npz", KEPT),
    "npz with two arrays of labels": (
        lambda p: _files(p, x__npz=npz(images=KEPT, a=np.arange(6), b=np.arange(6))) / "x.npz",
        KEPT,
    ),
    "folder of npy": (lambda p: _files(p, a__npy=npy(KEPT[:2]), b__npy=npy(KEPT[2:])), KEPT),
    "train and test npy": (lambda p: _files(p, train__npy=npy(KEPT[:4]), unlabeled__npy=npy(KEPT[4:])), KEPT),
    "idx": (lambda p: _files(p, x=idx(GREY)) / "x", np.repeat(GREY[..., None], 3, 3)),
    "MNIST's gz": (
        lambda p: write_folder(
            p / "m",
            {
                "t10k-images-idx3-ubyte.gz": zipped(idx(GREY[:2])),
                "t10k-labels-idx1-ubyte.gz": zipped(idx(np.arange(9, dtype=np.uint8))),
                "train-images-idx3-ubyte.gz": zipped(idx(GREY[2:])),
            },
        ),
        np.repeat(GREY[..., None], 3, 3),
    ),
    "parquet": (lambda p: write_parquet(p / "x.parquet", KEPT, LABELS, ("a", "b", "c")), KEPT),
    "tar of arrays": (lambda p: write_tar(p / "x.tar.gz", {"deep/x.npy": npy(KEPT)}, "w:gz"), KEPT),
    "tar of files": (lambda p: write_tar(p / "x.tar", {f"{k}.png": encode(i) for k, i in enumerate(KEPT)}), KEPT),
    "CIFAR's test batch": (
        lambda p: _files(p, b=cifar_batch(pictures(6), {"labels": LABELS}, "testing batch 1 of 1")) / "b",
        pictures(6),
    ),
}


@pytest.mark.parametrize("kind", ARRAYS)
def test_every_kind_that_an_import_reads_is_read_at_its_own_size_and_at_32(kind: str, tmp_path: Path) -> None:
    make, pixels = ARRAYS[kind]
    source = make(tmp_path)
    own = finish(read_outside(source, own_size=True))
    np.testing.assert_array_equal(own.images, pixels)
    small = finish(read_outside(source)).images
    if pixels.shape[1] == 28:
        expected = np.zeros((6, 32, 32, 3), np.uint8)
        expected[:, 2:30, 2:30] = pixels
    else:
        expected = np.stack([np.asarray(Image.fromarray(i).resize((32, 32), Image.Resampling.BICUBIC)) for i in pixels])
    np.testing.assert_array_equal(small, expected)


def test_what_is_taken_together_or_left_out_is_said(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    two = _files(tmp_path / "a", train__npy=npy(KEPT[:2]), test__npy=npy(KEPT[2:]))
    assert "Together: test, train" in finish(read_outside(two)).note.replace(".npy", "").replace("made/", "")
    several = _files(tmp_path / "b", x__npz=npz(real=KEPT, images=KEPT))
    assert "left out" in (note := finish(read_outside(several)).note) and "real" in note
    assert "black border" not in finish(read_outside(_idx_file(tmp_path), own_size=True)).note
    assert "black border" in finish(read_outside(_idx_file(tmp_path))).note


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("samples_50000.npz", npz(arr_0=KEPT)),
        ("samples.npy", npy(_unit(KEPT) * 0.4)),
        ("train-images-idx3-ubyte.gz", zipped(idx(GREY))),
        ("data_batch_1", cifar_batch(pictures(6), {"labels": LABELS}, "training batch 1 of 5")),
        ("0.parquet", None),
    ],
)
@pytest.mark.parametrize("pack", ["folder", "zip"])
def test_pictures_do_not_hide_arrays_of_images(name: str, data: bytes | None, pack: str, tmp_path: Path) -> None:
    """Two previews beside the samples are no set of samples, and which is meant nobody but the user knows."""
    if data is None:
        data = write_parquet(tmp_path / "x", KEPT, LABELS, ("a", "b", "c")).read_bytes()
    files = {f"grid_{k}.png": encode(image) for k, image in enumerate(pictures(2))} | {"notes.txt": b"x", name: data}
    source = write_folder(tmp_path / "set", files) if pack == "folder" else write_zip(tmp_path / "x.zip", files)
    with pytest.raises(TdotError, match=rf"beside its 2 pictures.*{name}.*move") as refused:
        finish(read_outside(source))
    assert "\n" not in str(refused.value)


def test_files_that_hold_no_images_are_counted_beside_them(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"file_name": ["0.png"], "text": ["a cat"]}), tmp_path / "x")
    files = {
        "0.png": encode(pictures(1)[0]),
        "statistics.npz": npz(mu=np.zeros(4), sigma=np.eye(4)),
        "labels.npy": npy(np.arange(5)),
        "metadata.parquet": (tmp_path / "x").read_bytes(),
        "train-labels-idx1-ubyte": idx(np.arange(9, dtype=np.uint8)),
        "notes.txt": b"x",
    }
    read = finish(read_outside(write_folder(tmp_path / "set", files)))
    assert read.images.shape == (1, 32, 32, 3)
    assert read.note == "5 files that are no images were ignored, first labels.npy."
    beside = _files(tmp_path, x__npz=npz(images=KEPT), y__npz=npz(images=KEPT)[:-30])
    assert "1 files that are no images were ignored" in finish(read_outside(beside)).note


def _idx_file(folder: Path) -> Path:
    (folder / "x").write_bytes(idx(GREY))
    return folder / "x"


def test_parquet_of_several_sizes_is_refused_only_when_sizes_are_kept(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"image": [encode(KEPT[0]), encode(pictures(1)[0])]}), tmp_path / "x.parquet")
    with pytest.raises(TdotError, match=r"several sizes \(one is 40 x 40, another is 32 x 32\)"):
        finish(read_outside(tmp_path / "x.parquet", own_size=True))
    assert finish(read_outside(tmp_path / "x.parquet")).images.shape == (2, 32, 32, 3)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "holds no images"),
        (b"PK\x03\x04 broken", "zip"),
        (_npz_of(b"hello"), "no readable NumPy header"),
        (_npz_of(_header((2, 32, 32, 3), "<f4"), b"\0" * 99), "more than it has"),
        (_npz_of(_header((2, 3, 32, 32))), "more than it has"),
        (_npz_of(_header((0, 32, 32, 3))), "holds no images: its shape is"),
        (_npz_of(_header((2, 32, 32, 3), fortran=True), b"\0" * 6144), "Fortran"),
        (_npz_of(_header((2, 32, 32, 3), "|O"), b"\0" * 99), "pickled Python objects|no readable"),
        (_npz_of(_header((10**9, 32, 32, 3))), "more than it has"),
        (_npz_of(_header((2, 32, 32, 3)), b"\0" * 100), "more than it has"),
        (_npz_of(_header((1, 10**6, 10**6, 3))), "more than it has"),
        (npz(real=KEPT, fake=KEPT), "several arrays of images .real, fake.; name the one"),
        (npz(images=_unit(KEPT) * 0.4), "range of images is not certain.*Save uint8"),
        (npz(images=np.full((2, 32, 32, 3), np.nan)), "NaN"),
        (npz(images=np.zeros((1, 2100, 2100, 3), np.uint8)), "more than 4 million pixels"),
    ],
)
def test_a_hostile_npz_is_one_sentence(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "x.npz").write_bytes(content)
    with pytest.raises(TdotError, match=message) as error:
        finish(read_outside(tmp_path / "x.npz", own_size=True))
    assert "\n" not in str(error.value) and "--range" not in str(error.value)


def test_what_inflates_beyond_the_limit_is_refused(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "x.npz", images=np.zeros((50, 32, 32, 3), np.uint8))
    with pytest.raises(TdotError, match="inflates to more than.*give fewer images"):
        finish(read_outside(tmp_path / "x.npz", max_bytes=1000))


def test_a_large_file_that_hardly_inflates_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """50,000 images of 256 x 256 are more than 4 GiB, and no bomb."""
    monkeypatch.setattr("tdot_core.services.datasets.outside.MAX_BYTES", 10_000)
    np.savez(tmp_path / "x.npz", images=KEPT)
    assert len(finish(read_outside(tmp_path / "x.npz")).images) == 6
    np.savez_compressed(tmp_path / "bomb.npz", images=np.zeros((50, 32, 32, 3), np.uint8))
    with pytest.raises(TdotError, match="give fewer images"):
        finish(read_outside(tmp_path / "bomb.npz"))


def test_nothing_there_and_nothing_usable_are_sentences(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.txt").write_text("no")
    for name, message in (
        ("gone", "no images at"),
        ("empty", "holds no images"),
        ("text.txt", "holds no images"),
    ):
        with pytest.raises(TdotError, match=message):
            finish(read_outside(tmp_path / name))
