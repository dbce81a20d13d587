"""Folders tell splits and classes."""

from __future__ import annotations

import pytest

from tdot_core.services.datasets.layout import clean_path, is_junk, read_layout


def _as_rows(paths: list[str]) -> list[tuple[str, str | None, str | None]]:
    return [(place.path, place.split, place.label) for place in read_layout(paths)]


def test_train_and_test_folders_with_classes() -> None:
    rows = _as_rows(["test/a/1.png", "train/b/1.png", "train/a/2.png", "train/a/1.png"])
    assert rows == [
        ("train/a/1.png", "train", "a"),
        ("train/a/2.png", "train", "a"),
        ("train/b/1.png", "train", "b"),
        ("test/a/1.png", "test", "a"),
    ]


@pytest.mark.parametrize("name", ["val", "valid", "Validation", "TEST"])
def test_validation_folders_are_the_test_split(name: str) -> None:
    assert _as_rows(["Train/a/1.png", f"{name}/a/1.png"])[1] == (f"{name}/a/1.png", "test", "a")


def test_class_folders_without_splits() -> None:
    assert _as_rows(["b/1.png", "a/deep/1.png"]) == [("a/deep/1.png", None, "a"), ("b/1.png", None, "b")]


def test_flat_images_have_no_labels_and_one_stray_image_takes_them_away() -> None:
    assert _as_rows(["2.png", "1.png"]) == [("1.png", None, None), ("2.png", None, None)]
    assert {row[2] for row in _as_rows(["a/1.png", "b/1.png", "stray.png"])} == {None}


@pytest.mark.parametrize("wrapper", ["set/", "set/of/images/"])
def test_wrapping_folders_change_nothing_but_the_paths(wrapper: str) -> None:
    for paths in (["train/a/1.png", "test/b/1.png"], ["a/1.png", "b/1.png"], ["1.png", "2.png"]):
        bare, wrapped = _as_rows(paths), _as_rows([wrapper + path for path in paths])
        assert [(wrapper + path, *rest) for path, *rest in bare] == wrapped


def test_a_lone_train_folder_is_a_wrapper() -> None:
    assert _as_rows(["train/a/1.png", "train/b/1.png"]) == [
        ("train/a/1.png", None, "a"),
        ("train/b/1.png", None, "b"),
    ]


def test_images_beside_the_splits_are_left_out() -> None:
    rows = _as_rows(["train/a/1.png", "test/a/1.png", "sheet.png", "extra/2.png"])
    assert [row[0] for row in rows] == ["train/a/1.png", "test/a/1.png"]


def test_labels_are_told_per_split() -> None:
    rows = _as_rows(["train/a/1.png", "train/b/1.png", "test/1.png"])
    assert [row[2] for row in rows] == ["a", "b", None]


def test_paths_compare_equal_whatever_machine_wrote_them() -> None:
    assert clean_path("./e\u0301te\u0301//1.png") == clean_path("\u00e9t\u00e9/1.png") == "\u00e9t\u00e9/1.png"
    assert clean_path("\udcff.png") == "?.png"


def test_junk() -> None:
    junk = ["__MACOSX/a/._1.png", ".DS_Store", "a/.hidden.png", ".git/x.png"]
    assert all(map(is_junk, junk)) and not is_junk("a/1.png")
