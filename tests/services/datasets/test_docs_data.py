"""Every row of the tables in docs/data.md is tried: what is read, and what is refused."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from array_files import cifar_batch, idx, npz, pictures, write_parquet, write_tar, zipped
from dataset_files import encode, picture, run_import, write_folder, write_zip
from tdot_core.errors import TdotError

DOCS = (Path(__file__).resolve().parents[3] / "docs" / "data.md").read_text(encoding="utf-8")
IMAGES, LABELS = pictures(6), [0, 1, 2, 0, 1, 2]
ROWS = IMAGES.transpose(0, 3, 1, 2).reshape(6, -1)


def rows(head: str) -> list[str]:
    """Return the rows of the table whose head begins so."""
    table = re.search(rf"^\| {re.escape(head)}.*\n\|[-|]+\|\n((?:\|.*\n)+)", DOCS, re.MULTILINE)
    assert table, head
    return table[1].splitlines()


FOLDERS: list[tuple[list[str], str]] = [
    (["train/a/1", "train/b/1", "test/a/1", "test/b/2"], "2+2 a b"),
    (["seg_train/a/1", "seg_train/b/1", "seg_test/a/1"], "2+1 a b"),
    (["trainA/1", "trainB/1", "testA/1", "testB/1"], "2+2 a b"),
    (["a/train/1", "b/train/1", "a/test/1"], "2+1 a b"),
    (["train/1", "val/1", "test/1"], "1+2 ; joins"),
    (["train/a/1", "train/b/1", "test/a/1", "more/1"], "2+1 a b ; left out"),
    (["cat/1", "dog/1", "train/1"], "3+0 cat dog train ; read as a class"),
    (["train/a/1", "train/b/1", "test/a/1", "test/2"], "2+2 a b ; no labels"),
    (["train/1", "unlabeled/1"], "refused"),
    (["my_train/1", "other/1"], "refused"),
    (["my_train/a/1", "my_train/b/1", "holdout/a/1"], "2+1 a b"),
    (["seg_train/1", "seg_test/1", "seg_pred/1"], "1+1 ; left out"),
    (["train/a/1", "train/b/1", "val/images/1"], "2+1 a b ; no class"),
    (["00000/img00000000", "00001/img00000001"], "2+0 ; shards"),
    (["00000/img00000000", "00000/img00000001", "dataset.json"], "2+0 0 1 ; dataset.json"),
    (["a/1", "b/1", "labels.csv"], "2+0 a b ; labels.csv"),
    (["a/1", "b/1", "link"], "3+0 a b c"),
    (["\u00e9", "e\u0301", "E\u0301"], "3+0"),
]
"""One example per row, in the order of the rows, and what becomes of it: training+test images, classes, a word of the note."""


def _write(root: Path, paths: list[str]) -> Path:
    files = {f"{path}.png": encode(picture(i)) for i, path in enumerate(paths) if "." not in path and path != "link"}
    write_folder(root, files)
    if "dataset.json" in paths:
        labels = [[name, i] for i, name in enumerate(files)]
        (root / "dataset.json").write_text(json.dumps({"labels": labels}))
    if "labels.csv" in paths:
        (root / "labels.csv").write_text("file,label\n1.png,3\n")
    if "link" in paths:
        (root / "c").symlink_to(write_folder(root.parent / "elsewhere", {"9.png": encode(picture(9))}))
    return root


@pytest.mark.parametrize("at", range(len(FOLDERS)))
def test_folders(at: int, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TDOT_ROOTS", str(tmp_path))
    paths, meant = FOLDERS[at]
    folder = _write(tmp_path / "set", paths)
    if meant == "refused":
        with pytest.raises(TdotError, match="--split"):
            run_import(folder)
        return
    info = run_import(folder, test_fraction=0).info
    told, _, word = meant.partition(" ;")
    assert " ".join([f"{info.n_train}+{info.n_test}", *info.classes]) == told.strip()
    assert word.strip() in " ".join(info.notes)


def _tar(files: dict[str, bytes]) -> Callable[[Path], Path]:
    return lambda folder: write_tar(folder / "x.tar.gz", files, "w:gz")


def _file(data: bytes, name: str = "x") -> Callable[[Path], Path]:
    return lambda folder: write_folder(folder / "set", {name: data})


BATCH = cifar_batch(IMAGES, {"labels": LABELS}, "training batch 1 of 5")
ARRAYS = [
    _file(npz(images=IMAGES, labels=np.array(LABELS))),
    _file(npz(x_a=IMAGES[:4], y_a=np.array(LABELS[:4]), x_b=IMAGES[4:], y_b=np.array(LABELS[4:], float))),
    _file(npz(images=IMAGES / 255, labels=np.array(LABELS))),
    _tar({"cifar-10-batches-py/data_batch_1": BATCH}),
    _file(np.concatenate([np.array(LABELS, np.uint8)[:, None], ROWS], 1).tobytes(), "data_batch_1.bin"),
    lambda folder: write_folder(
        folder / "set",
        {"x-images.gz": zipped(idx(IMAGES[..., 0])), "x-labels.gz": zipped(idx(np.array(LABELS, np.uint8)))},
    ),
    lambda folder: write_parquet(folder / "x", IMAGES, LABELS, ("0", "1", "2")),
]
"""One example per row of the table of arrays."""


@pytest.mark.parametrize("at", range(len(ARRAYS)))
def test_arrays(at: int, tmp_path: Path, cache: Path) -> None:
    found = run_import(ARRAYS[at](tmp_path), test_fraction=0)
    assert found.info.classes == ("0", "1", "2") and list(found.labels("train")) == LABELS  # type: ignore[arg-type]
    grey = np.repeat(IMAGES[..., :1], 3, axis=3)
    np.testing.assert_array_equal(found.images("train"), grey if "idx" in rows("file")[at] else IMAGES)


UNREAD = [
    _file(b"\x89HDF\r\n\x1a\n" + bytes(99)),
    _file((16).to_bytes(8, "little") + bytes(24), "x.tfrecord"),
    _file(bytes(16) + b"\xde\xc0\xef\xbe" + bytes(99)),
    _tar({"1.png": encode(picture(1)), "1.cls": b"3"}),
    _file(b"\xff\xff\xff\xff" + bytes(99)),
    _file(b"7z\xbc\xaf\x27\x1c" + bytes(99)),
    _file(b"a picture", "x.heic"),
    _file(b"version https://git-lfs.github.com/spec/v1\n"),
    _file(b"\x80\x04N."),
]


@pytest.mark.parametrize("at", range(len(UNREAD)))
def test_what_is_not_read_says_what_converts_it(at: int, tmp_path: Path, cache: Path) -> None:
    with pytest.raises(TdotError, match=r"To import it: .*(savez|image files|unpack|to_parquet|PNG|git lfs)"):
        run_import(UNREAD[at](tmp_path))


def test_archives(tmp_path: Path, cache: Path) -> None:
    files = {"1.png": encode(picture(1)), "2.png": encode(picture(2))}
    for source in (write_zip(tmp_path / "x.zip", files), write_tar(tmp_path / "y.tar", files)):
        assert run_import(source, test_fraction=0).info.n_train == 2
    tar = (tmp_path / "y.tar").read_bytes()
    (tmp_path / "z.tar").write_bytes(tar.rstrip(b"\0").ljust(8192, b"\0"))
    assert "without the mark" in " ".join(run_import(tmp_path / "z.tar", "z", test_fraction=0.5).info.notes)
    (tmp_path / "z.tar").write_bytes(tar[: tar.index(b"2.png") + 200])
    with pytest.raises(TdotError, match="as a whole"):
        run_import(tmp_path / "z.tar")
    data = bytearray((tmp_path / "x.zip").read_bytes())
    central = data.index(b"PK\x01\x02")
    data[central + 10] = 9
    (tmp_path / "deflate64.zip").write_bytes(data)
    info = run_import(tmp_path / "deflate64.zip", test_fraction=0).info
    assert (info.n_train, info.skipped) == (1, ("1.png",))
    with zipfile.ZipFile(tmp_path / "x.zip", "a") as archive:
        archive.writestr("../3.png", b"x")
    with pytest.raises(TdotError, match="leads out"):
        run_import(tmp_path / "x.zip")


def test_no_row_is_left_out() -> None:
    assert [len(rows("found")), len(rows("file")), len(rows("not read")), len(rows("members"))] == [
        len(FOLDERS),
        len(ARRAYS),
        len(UNREAD),
        4,
    ]
