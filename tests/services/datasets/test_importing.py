"""Folders become data sets."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from dataset_files import encode, labelled_tree, picture, run_import, visible, write_folder, write_zip
from tdot_core.errors import TdotError
from tdot_core.progress import Progress, finish
from tdot_core.services.datasets import import_images, list_datasets


def test_a_labelled_tree_in_path_order(tmp_path: Path, cache: Path) -> None:
    dataset = run_import(write_folder(tmp_path / "tree", labelled_tree()))
    assert (dataset.info.n_train, dataset.info.n_test, dataset.info.classes) == (8, 4, ("cat", "dog"))
    expected = [picture(100 * k + i) for k in range(2) for i in range(4)]
    np.testing.assert_array_equal(dataset.images("train"), np.stack(expected))
    np.testing.assert_array_equal(dataset.labels("train"), [0, 0, 0, 0, 1, 1, 1, 1])
    np.testing.assert_array_equal(dataset.images("test")[2], picture(110))
    np.testing.assert_array_equal(dataset.labels("test"), [0, 0, 1, 1])


def test_folder_zip_and_wrapped_zip_have_one_id(tmp_path: Path, cache: Path) -> None:
    files = labelled_tree()
    backwards = dict(sorted(files.items(), reverse=True))
    junk = {"__MACOSX/set/._a.png": b"x", "set/.DS_Store": b"x"}
    wrapped = {f"set/{name}": data for name, data in files.items()} | junk
    sources = [
        write_folder(tmp_path / "tree", files),
        write_zip(tmp_path / "a.zip", backwards),
        write_zip(tmp_path / "b.zip", wrapped),
    ]
    infos = [run_import(source, name=f"n{i}").info for i, source in enumerate(sources)]
    assert len({info.id for info in infos}) == 1
    assert [info.n_ignored + info.n_skipped for info in infos] == [0, 0, 0]
    assert [info.name for info in list_datasets()] == ["digits", "n0", "n1", "n2"]
    assert [info.source for info in list_datasets()[1:]] == ["folder tree", "zip a.zip", "zip b.zip"]


def test_held_out_test_images_do_not_depend_on_file_names(tmp_path: Path, cache: Path) -> None:
    pictures = {f"{i:02}.png": encode(picture(i)) for i in range(40)}
    renamed = {f"{(7 * i) % 40:02}.png": encode(picture(i)) for i in range(40)}
    one = run_import(write_folder(tmp_path / "one", pictures), "one").info
    two = run_import(write_folder(tmp_path / "two", renamed), "two").info
    assert (one.n_train, one.n_test, one.classes, one.labelled) == (36, 4, (), ())
    assert one.id != two.id
    assert (one.train_set, one.test_set) == (two.train_set, two.test_set)


def test_one_image_is_enough_and_all_training(tmp_path: Path, cache: Path) -> None:
    dataset = run_import(write_folder(tmp_path / "one", {"a.png": encode(picture(1))}))
    assert (dataset.info.n_train, dataset.info.n_test) == (1, 0)
    assert dataset.images("test").shape == (0, 32, 32, 3) and dataset.labels("train") is None


def test_a_single_class_is_no_label(tmp_path: Path, cache: Path) -> None:
    files = {f"{split}/all/{i}.png": encode(picture(i)) for i, split in enumerate(("train", "test"))}
    assert run_import(write_folder(tmp_path / "one", files)).info.classes == ()


def test_an_unlabelled_test_split_beside_a_labelled_train_split(tmp_path: Path, cache: Path) -> None:
    files = {"train/a/1.png": encode(picture(1)), "train/b/1.png": encode(picture(2)), "test/1.png": encode(picture(3))}
    dataset = run_import(write_folder(tmp_path / "tree", files))
    np.testing.assert_array_equal(dataset.labels("train"), [0, 1])
    assert dataset.labels("test") is None and dataset.info.labelled == ("train",)


def test_what_is_met_is_counted(tmp_path: Path, cache: Path) -> None:
    files = {f"{i}.png": encode(picture(i)) for i in range(5)}
    files |= {"bad.png": b"not an image", "cut.png": encode(picture(9))[:500], "empty.png": b""}
    files |= {"wide.png": encode(picture(10, 20, 50)), "notes.txt": b"hello", "more.zip": b"PK", ".hidden.png": b"x"}
    info = run_import(write_folder(tmp_path / "mixed", files)).info
    assert info.skipped == ("bad.png", "cut.png", "empty.png") and info.n_skipped == 3
    assert (info.n_train + info.n_test, info.n_resized, info.n_ignored) == (6, 1, 2)


def test_only_the_first_hundred_skipped_names_are_kept(tmp_path: Path, cache: Path) -> None:
    files = {f"bad{i:03}.png": b"x" for i in range(130)} | {"good.png": encode(picture(1))}
    info = run_import(write_folder(tmp_path / "bad", files)).info
    assert info.n_skipped == 130 and info.skipped == tuple(f"bad{i:03}.png" for i in range(100))


def test_strict_refuses_and_names_the_image(tmp_path: Path, cache: Path) -> None:
    folder = write_folder(tmp_path / "mixed", {"a.png": encode(picture(1)), "b/bad.png": b"x"})
    with pytest.raises(TdotError, match=r"'b/bad\.png'.*known format"):
        run_import(folder, strict=True)
    assert visible(cache) == []


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "holds no images"),
        ({"readme.txt": b"x"}, "holds no images"),
        ({"a.png": b"x", "b.png": b"y"}, r"None of the 2 images.*a\.png"),
        ({"train/a.png": b"x", "test/a.png": encode(picture(1))}, "None of the train images"),
        ({"train/a.png": encode(picture(1)), "test/a.png": b"x"}, "None of the test images"),
    ],
)
def test_nothing_usable(files: dict[str, bytes], message: str, tmp_path: Path, cache: Path) -> None:
    (tmp_path / "source").mkdir()
    with pytest.raises(TdotError, match=message):
        run_import(write_folder(tmp_path / "source", files))
    assert visible(cache) == []


def test_files_that_cannot_be_read_are_skipped(tmp_path: Path, cache: Path) -> None:
    folder = write_folder(tmp_path / "odd", {"good.png": encode(picture(1))})
    os.mkfifo(folder / "pipe.png")
    (folder / "gone.png").symlink_to(folder / "nowhere.png")
    (folder / "linked.png").symlink_to(folder / "good.png")
    with (folder / "vast.png").open("wb") as file:
        file.truncate(65 * 2**20)
    info = run_import(folder).info
    assert info.skipped == ("gone.png", "pipe.png", "vast.png")
    assert info.n_train + info.n_test == 2


def test_no_such_source(tmp_path: Path, cache: Path) -> None:
    for source in (tmp_path / "nowhere", Path("a\0b")):
        with pytest.raises(TdotError, match=r"Nothing to import|not a usable path"):
            run_import(source)


@pytest.mark.parametrize("fraction", [1.0, -1.0, float("nan")])
def test_test_fraction_has_a_range(fraction: float, tmp_path: Path, cache: Path) -> None:
    with pytest.raises(TdotError, match="test_fraction"):
        run_import(tmp_path, test_fraction=fraction)


def test_progress_reaches_its_total(tmp_path: Path, cache: Path) -> None:
    folder = write_folder(tmp_path / "many", {f"{i}.ppm": encode(picture(i), "PPM") for i in range(600)})
    seen: list[Progress] = []
    finish(import_images(folder, "many"), seen.append)
    assert [(p.step, p.total, p.phase) for p in seen] == [
        (0, 600, "decoding"),
        (512, 600, "decoding"),
        (600, 600, "writing"),
    ]


def test_the_last_import_under_a_name_wins(tmp_path: Path, cache: Path) -> None:
    folder = write_folder(tmp_path / "set", {"a.png": encode(picture(1))})
    first = run_import(folder).info
    assert run_import(folder).info.id == first.id
    shutil.copy(write_folder(tmp_path / "more", {"b.png": encode(picture(2))}) / "b.png", folder)
    second = run_import(folder).info
    assert second.id != first.id
    # The replaced one keeps its id, so that what was made from it can still be understood.
    assert [(info.name, info.id) for info in list_datasets()[1:]] == [("mine", second.id), (first.id, first.id)]


def test_the_real_images_keep_every_pixel_and_label(mini_zip: Path, cache: Path) -> None:
    import io
    import zipfile

    from PIL import Image

    dataset = run_import(mini_zip, "mini")
    assert (dataset.info.n_train, dataset.info.n_test, dataset.info.n_skipped) == (2000, 1000, 0)
    assert dataset.info.classes[0] == "airplane" and len(dataset.info.classes) == 10
    with zipfile.ZipFile(mini_zip) as archive:
        for split, step in (("train", 97), ("test", 53)):
            names = sorted(name for name in archive.namelist() if name.startswith(f"{split}/"))
            images, labels = dataset.images(split), dataset.labels(split)
            assert labels is not None
            np.testing.assert_array_equal(np.bincount(labels), len(names) // 10)
            for i in range(0, len(names), step):
                pixels = np.asarray(Image.open(io.BytesIO(archive.read(names[i]))))
                np.testing.assert_array_equal(images[i], pixels)
                assert dataset.info.classes[labels[i]] == names[i].split("/")[1]
