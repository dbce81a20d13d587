"""Images made by other tools: read right, and every hostile file one sentence."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tdot_core.errors import TdotError
from tdot_core.progress import finish
from tdot_core.services.outside import read_outside


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


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "cannot be read as npz"),
        (b"PK\x03\x04 broken", "cannot be read as npz"),
        (_npz_of(b"hello"), "cannot be read as npz"),
        (_npz_of(_header((2, 32, 32, 3)), name="pictures.npy"), "named images or arr_0; found pictures"),
        (_npz_of(_header((2, 32, 32, 3), "<f4"), b"\0" * 99), "must be uint8 of shape"),
        (_npz_of(_header((2, 3, 32, 32))), "must be uint8 of shape"),
        (_npz_of(_header((0, 32, 32, 3))), "must be uint8 of shape"),
        (_npz_of(_header((2, 32, 32, 3), fortran=True), b"\0" * 6144), "Fortran"),
        (_npz_of(_header((2, 32, 32, 3), "|O"), b"\0" * 99), "must be uint8|cannot be read"),
        (_npz_of(_header((10**9, 32, 32, 3))), "more than it has"),
        (_npz_of(_header((2, 32, 32, 3)), b"\0" * 100), "more than it has"),
        (_npz_of(_header((1, 10**6, 10**6, 3))), "more than it has"),
    ],
)
def test_a_hostile_npz_is_one_sentence(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "x.npz").write_bytes(content)
    with pytest.raises(TdotError, match=message) as error:
        finish(read_outside(tmp_path / "x.npz"))
    assert "\n" not in str(error.value)


def test_what_inflates_beyond_the_limit_is_refused(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "x.npz", images=np.zeros((50, 32, 32, 3), np.uint8))
    with pytest.raises(TdotError, match="unpacks to more than"):
        finish(read_outside(tmp_path / "x.npz", max_bytes=1000))


def test_nothing_there_and_nothing_usable_are_sentences(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.txt").write_text("no")
    for name, message in (
        ("gone", "no images at"),
        ("empty", "holds no images"),
        ("text.txt", "neither a folder nor a whole zip"),
    ):
        with pytest.raises(TdotError, match=message):
            finish(read_outside(tmp_path / name))
