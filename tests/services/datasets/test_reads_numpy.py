"""npy and npz become data sets."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from array_files import npy, npz, pictures, zipped
from dataset_files import run_import, visible, write_folder
from tdot_core.errors import TdotError
from tdot_core.progress import finish
from tdot_core.services.datasets.outside import read_outside

IMAGES = pictures(12)
LABELS = np.arange(12) % 3


def _import(tmp_path: Path, data: bytes, name: str = "x.bin", **options: object):  # type: ignore[no-untyped-def]
    (tmp_path / name).write_bytes(data)
    return run_import(tmp_path / name, **{"test_fraction": 0, **options})


@pytest.mark.parametrize("images", [IMAGES, IMAGES.transpose(0, 3, 1, 2).copy()], ids=["NHWC", "NCHW"])
def test_uint8_keeps_every_pixel_and_label_whatever_its_name(images: np.ndarray, tmp_path: Path, cache: Path) -> None:
    for data, labelled in (
        (npz(images=images, labels=LABELS), True),
        (npy(images), False),
        (zipped(npy(images)), False),
    ):
        dataset = _import(tmp_path, data)
        np.testing.assert_array_equal(dataset.images("train"), IMAGES)
        assert dataset.info.classes == (("0", "1", "2") if labelled else ())
        if labelled:
            np.testing.assert_array_equal(dataset.labels("train"), LABELS)
        assert dataset.info.n_resized == 0


def test_grey_becomes_rgb_and_28x28_gets_a_border(tmp_path: Path, cache: Path) -> None:
    grey = IMAGES[..., 0]
    for images in (grey, grey[..., None], grey[:, None]):
        np.testing.assert_array_equal(_import(tmp_path, npy(images)).images("train"), np.repeat(grey[..., None], 3, 3))
    small = grey[:, :28, :28].copy()
    found = _import(tmp_path, npy(small))
    np.testing.assert_array_equal(found.images("train")[:, 2:30, 2:30, 1], small)
    assert found.images("train").sum() == 3 * small.sum(dtype=int) and "border" in " ".join(found.info.notes)


def test_other_sizes_are_cropped_and_resized_as_pillow_does(tmp_path: Path, cache: Path) -> None:
    images = np.stack([np.pad(image, ((0, 16), (0, 32), (0, 0)), "reflect") for image in IMAGES])
    found = _import(tmp_path, npy(images))
    middle = [
        Image.fromarray(image).crop((8, 0, 56, 48)).resize((32, 32), Image.Resampling.BICUBIC) for image in images
    ]
    np.testing.assert_array_equal(found.images("train"), np.stack([np.asarray(image) for image in middle]))
    assert found.info.n_resized == 12


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, ">f4"])
@pytest.mark.parametrize("span", ["unit", "signed", "byte"])
def test_floats_of_an_evident_range_give_the_same_pixels(span: str, dtype: str, tmp_path: Path, cache: Path) -> None:
    exact = IMAGES.astype(np.float64)
    values = {"unit": exact / 255, "signed": exact / 127.5 - 1, "byte": exact}[span].astype(dtype)
    for stated in ("", span):
        found = _import(tmp_path, npz(images=values), values=stated)
        np.testing.assert_array_equal(found.images("train"), IMAGES)
        assert any("values are read as" in note for note in found.info.notes)
    integers = IMAGES.astype(np.int32)
    np.testing.assert_array_equal(_import(tmp_path, npy(integers)).images("train"), IMAGES)


@pytest.mark.parametrize(
    ("values", "stated"),
    [
        (IMAGES / 255 * 0.4, ""),
        (IMAGES / 255 * 0.2 - 0.1, ""),
        (IMAGES / 255 * 0.6 + 0.4, ""),
        (IMAGES / 255 * 3, ""),
        (IMAGES / 100 - 1, ""),
        (IMAGES / 255 * 2, "unit"),
        (IMAGES / 127.5 - 1, "unit"),
        (IMAGES / 10 + 0.3, ""),
    ],
)
def test_ambiguous_ranges_are_refused(values: np.ndarray, stated: str, tmp_path: Path, cache: Path) -> None:
    with pytest.raises(TdotError, match=r"not certain.*--range unit|cannot be read as") as refused:
        _import(tmp_path, npy(values.astype(np.float32)), values=stated)
    assert "\n" not in str(refused.value) and visible(cache) == []


def test_what_is_ambiguous_is_read_when_it_is_stated(tmp_path: Path, cache: Path) -> None:
    dark = IMAGES // 4
    found = _import(tmp_path, npy(dark.astype(np.float32) / 255), values="unit")
    np.testing.assert_array_equal(found.images("train"), dark)


UNIT, SIGNED, BYTE = (IMAGES / 255, IMAGES / 127.5 - 1, IMAGES.astype(float))


@pytest.mark.parametrize(("one", "other"), [(UNIT, SIGNED), (SIGNED, UNIT), (UNIT, BYTE), (SIGNED, BYTE)])
@pytest.mark.parametrize("names", [("a", "b"), ("x_train", "x_test")])
def test_arrays_of_different_ranges_are_refused_together(
    one: np.ndarray, other: np.ndarray, names: tuple[str, str], tmp_path: Path, cache: Path
) -> None:
    files = {f"{name}.npy": npy(array) for name, array in zip(names, (one, other), strict=True)}
    folder = write_folder(tmp_path / "set", files)
    first, second = sorted(names)
    with pytest.raises(TdotError, match=rf"{first}.* and .*{second}.*one range.*--range") as refused:
        run_import(folder)
    assert "\n" not in str(refused.value) and visible(cache) == []
    with pytest.raises(TdotError, match=rf"{first}.* and .*{second}.*one range") as refused:
        finish(read_outside(folder))
    assert "--range" not in str(refused.value)


def test_an_array_that_is_uncertain_alone_is_read_as_those_beside_it(tmp_path: Path, cache: Path) -> None:
    dark = IMAGES // 4
    for low, spread, others in ((-1, 127.5, SIGNED), (0, 255, UNIT), (0, 1, BYTE)):
        found = _import(tmp_path, npz(a=dark / spread + low, b=others))
        np.testing.assert_array_equal(found.images("train"), np.concatenate([dark, IMAGES]))


def test_a_stated_range_is_that_of_all_arrays(tmp_path: Path, cache: Path) -> None:
    """Bright pictures in [-1, 1] look like [0, 1]."""
    bright = IMAGES // 4 + 192 - IMAGES // 4 % 2
    data = npz(a=np.concatenate([bright / 127.5 - 1, np.full_like(UNIT[:1], 0.1)]), b=SIGNED)
    with pytest.raises(TdotError, match="one range"):
        _import(tmp_path, data)
    found = _import(tmp_path, data, values="signed")
    np.testing.assert_array_equal(found.images("train")[[*range(12), *range(13, 25)]], np.concatenate([bright, IMAGES]))


def test_splits_and_labels_by_key(tmp_path: Path, cache: Path) -> None:
    train, test = IMAGES[:8], IMAGES[8:]
    for data in (
        npz(x_train=train, y_train=LABELS[:8], x_test=test, y_test=LABELS[8:]),
        npz(train_images=train, train_labels=LABELS[:8, None], test_images=test, test_labels=LABELS[8:, None]),
    ):
        found = _import(tmp_path, data)
        np.testing.assert_array_equal(found.images("train"), train)
        np.testing.assert_array_equal(found.images("test"), test)
        np.testing.assert_array_equal(found.labels("test"), LABELS[8:])


def test_a_folder_of_arrays_and_named_splits(tmp_path: Path, cache: Path) -> None:
    files = {
        "x_train.npy": npy(IMAGES[:8]),
        "y_train.npy": npy(LABELS[:8]),
        "x_val.npy": npy(IMAGES[8:]),
        "y_val.npy": npy(LABELS[8:]),
    }
    found = run_import(write_folder(tmp_path / "set", files))
    assert (found.info.n_train, found.info.n_test, found.info.classes) == (8, 4, ("0", "1", "2"))
    data = npz(a=IMAGES[:8], b=IMAGES[8:])
    assert "Joined: a, b" in _import(tmp_path, data).info.notes[0]
    found = _import(tmp_path, data, splits=[("train", "b"), ("test", "a")])
    np.testing.assert_array_equal(found.images("test"), IMAGES[:8])


def test_guided_diffusions_samples_and_names_as_labels(tmp_path: Path, cache: Path) -> None:
    found = _import(tmp_path, npz(arr_0=IMAGES, arr_1=LABELS))
    np.testing.assert_array_equal(found.labels("train"), LABELS)
    found = _import(tmp_path, npz(images=IMAGES, labels=np.array(["dog", "cat", "eel"])[LABELS]))
    assert found.info.classes == ("cat", "dog", "eel")
    np.testing.assert_array_equal(found.labels("train"), np.array([1, 0, 2])[LABELS])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (npy(IMAGES.reshape(12, -1)), r"Reshape its rows of 3,072"),
        (npy(IMAGES[0]), "one image or several"),
        (npy(IMAGES[:0]), r"holds no images: its shape is \(0, 32, 32, 3\)"),
        (npy(np.zeros((4, 3, 32, 3), np.uint8)), "second or its last axis"),
        (npy(np.zeros((4, 32, 32, 4), np.uint8)), "neither its second nor its last"),
        (npy(np.asfortranarray(IMAGES)), "Fortran"),
        (npy(np.array([1, "x"], dtype=object)), "pickled Python objects"),
        (npy(IMAGES > 3), "holds bool"),
        (npy(np.where(IMAGES > 3, np.nan, 0)), "NaN"),
        (npy(IMAGES)[:-5], "more than it has"),
        (npz(images=IMAGES, a=LABELS, b=LABELS), "could be the labels"),
        (npz(labels=LABELS), "images are"),
        (npz(images=IMAGES, labels=LABELS - 5), "from 0"),
        (npz(x_train=IMAGES, x_other=IMAGES), "is named as a split"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(data: bytes, message: str, tmp_path: Path, cache: Path) -> None:
    with pytest.raises(TdotError, match=message) as refused:
        _import(tmp_path, data)
    assert "\n" not in str(refused.value) and visible(cache) == []


def test_the_limit_holds(tmp_path: Path, cache: Path) -> None:
    for data in (npz(images=np.zeros((300, 32, 32, 3), np.uint8)), zipped(npy(np.zeros((300, 32, 32, 3), np.uint8)))):
        with pytest.raises(TdotError, match="limit|more than it has"):
            _import(tmp_path, data, max_bytes=2**19)


def test_many_images_take_little_memory(tmp_path: Path, cache: Path) -> None:
    np.savez_compressed(tmp_path / "x.npz", images=np.zeros((15_000, 3, 32, 32), np.float32))
    code = (
        "import resource, sys; from pathlib import Path; from tdot_core.progress import finish\n"
        "from tdot_core.services.datasets import import_images\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        f"finish(import_images(Path({str(tmp_path / 'x.npz')!r}), 'x', values='unit'))\n"
        "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-500:]
    assert int(done.stdout) < 150  # MiB, of which much is what loads only then; the array has 176, its pixels 44


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (np.eye(6), "labels (6, 6) float64"),
        (np.arange(6) + 0.5, "labels (6,) float64"),
        (np.array([0, 1, 2, np.inf, 1, 0]), "labels (6,) float64"),
        (np.array([0, 1, 1, 0, 1, 0], np.uint64) + np.uint64(2**63), "labels (6,) uint64"),
        (np.arange(6.0), ""),
        (np.arange(6) % 2 == 0, ""),
        (np.arange(5), "labels (5,) int64"),
        (np.arange(6), ""),
        (np.arange(6)[:, None], ""),
    ],
)
def test_arrays_that_are_taken_for_nothing_are_said(labels: np.ndarray, said: str, tmp_path: Path, cache: Path) -> None:
    np.savez(tmp_path / "x.npz", images=pictures(6), labels=labels)
    notes = " ".join(run_import(tmp_path / "x.npz").info.notes)
    assert (f"Not read, being neither images nor labels of theirs: {said}." in notes) if said else notes == ""


@pytest.mark.parametrize(
    ("beside", "classes"),
    [
        ({"ids": np.arange(12) + 7000}, ()),
        ({"names": np.array([f"photo-{k}.png" for k in range(12)])}, ()),
        ({"seeds": np.arange(12), "arr": LABELS}, ("0", "1", "2")),
        ({"labels": np.arange(12)}, tuple(f"{k:02}" for k in range(12))),
    ],
)
def test_what_counts_or_names_the_images_is_no_class(
    beside: dict[str, np.ndarray], classes: tuple[str, ...], tmp_path: Path, cache: Path
) -> None:
    found = _import(tmp_path, npz(images=IMAGES, **beside))
    assert sorted(found.info.classes) == sorted(classes)
    unread = [name for name in beside if name not in ("arr", "labels")]
    assert all(name in " ".join(found.info.notes) for name in unread), found.info.notes


@pytest.mark.parametrize("kind", [np.int64, np.float32, bool, np.int8, np.uint64, np.dtype("U5"), np.dtype("S5")])
def test_labels_of_any_type_are_the_same_classes(kind: type, tmp_path: Path, cache: Path) -> None:
    labels = np.array([1, 0, 0, 1, 1, 0]).astype(bool if kind is bool else int).astype(kind)
    np.savez(tmp_path / "x.npz", images=pictures(6), labels=labels)
    found = run_import(tmp_path / "x.npz", test_fraction=0)
    assert found.info.classes == ("0", "1") and found.labels("train").tolist() == [1, 0, 0, 1, 1, 0]


@pytest.mark.parametrize("kind", [np.int64, np.float64])
def test_images_without_a_label_are_counted_wherever_they_lie(kind: type, tmp_path: Path, cache: Path) -> None:
    """One block of an array holds 512 images: whether all of one have no label must not matter."""
    labels = np.arange(1100) % 3
    none = np.zeros(1100, bool)
    none[[5, *range(600, 1050)]] = True
    values = np.where(none, -1 if kind is np.int64 else np.nan, labels).astype(kind)
    rest = np.arange(40) % 3
    np.savez(tmp_path / "x.npz", x_train=pictures(40), y_train=rest, x_test=pictures(1100, 40, 4), y_test=values)
    info = run_import(tmp_path / "x.npz").info
    assert info.labelled == ("train",)
    assert "The test split has no labels: 451 of its images have none." in info.notes


@pytest.mark.parametrize("kind", ["U5", "S5"])
def test_an_empty_text_is_no_label(kind: str, tmp_path: Path, cache: Path) -> None:
    names = np.array(["cat", "dog", "eel"])
    some = np.where(np.arange(1100) % 5 == 0, "", names[np.arange(1100) % 3])
    some[512:1024] = ""
    train, test = names[np.arange(12) % 3].astype(kind), some.astype(kind)
    data = npz(x_train=IMAGES, y_train=train, x_test=pictures(1100, 12, 4), y_test=test)
    found = _import(tmp_path, data)
    assert (found.info.classes, found.info.labelled) == (("cat", "dog", "eel"), ("train",))
    np.testing.assert_array_equal(found.labels("train"), np.arange(12) % 3)
    none = int((some == "").sum())
    assert f"The test split has no labels: {none} of its images have none." in found.info.notes
    assert _import(tmp_path, npz(images=IMAGES, labels=np.full(12, "", kind))).info.classes == ()


def test_arrays_that_are_not_alike_are_not_joined_unasked(tmp_path: Path, cache: Path) -> None:
    np.savez(tmp_path / "x.npz", images=pictures(6), masks=pictures(6)[..., 0], labels=np.arange(6) % 2)
    with pytest.raises(TdotError, match=r"images \(6, 32, 32, 3\), masks \(6, 32, 32\).*--split train=NAME"):
        run_import(tmp_path / "x.npz")
    found = run_import(tmp_path / "x.npz", splits=[("train", "images")], test_fraction=0)
    np.testing.assert_array_equal(found.images("train"), pictures(6))


def test_an_unknown_range_names_the_known_ones(tmp_path: Path, cache: Path) -> None:
    np.save(tmp_path / "x.npy", pictures(4) / 255)
    with pytest.raises(TdotError, match="unit"):
        run_import(tmp_path / "x.npy", values="percent")
