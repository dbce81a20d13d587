"""Folders tell splits and classes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tdot_core.errors import TdotError
from tdot_core.services.datasets.layout import clean_path, is_junk, read_layout


def _as_rows(paths: list[str]) -> list[tuple[str, str | None, str | None]]:
    return [(place.path, place.split, place.label) for place in read_layout(paths).places]


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


@pytest.mark.parametrize(
    ("train", "test"),
    [
        ("train", "test1"),
        ("seg_train", "seg_test"),
        ("trainA", "testA"),
        ("train_set", "test_set"),
        ("train", "dev"),
        ("training", "validation"),
        ("TRAIN", "TEST"),
        ("Train-2", "Test-2"),
        ("trainset", "testset"),
        ("train", "eval"),
    ],
)
def test_a_split_word_beside_another_is_a_split(train: str, test: str) -> None:
    layout = read_layout([f"{train}/a/1.png", f"{train}/b/1.png", f"{test}/a/2.png"])
    assert [(p.split, p.label) for p in layout.places] == [("train", "a"), ("train", "b"), ("test", "a")]
    repeated = [f"{train}/{train}/a/1.png", f"{train}/{train}/b/1.png", f"{test}/{test}/a/2.png"]
    assert [(p.split, p.label) for p in read_layout(repeated).places] == [
        ("train", "a"),
        ("train", "b"),
        ("test", "a"),
    ]


@pytest.mark.parametrize(
    "tops",
    [["train", "unlabeled"], ["train1", "train2"], ["test", "val"], ["train_station", "test_tube"]],
)
def test_names_that_do_not_tell_are_refused_and_say_what_to_do(tops: list[str]) -> None:
    with pytest.raises(TdotError, match=r"--split train=DIR"):
        read_layout([f"{top}/{i}.png" for top in tops for i in range(2)])


@pytest.mark.parametrize("tops", [["cat", "dog", "test"], ["plane", "car", "train"], ["latest", "trainer"]])
def test_a_class_with_a_splits_name_beside_other_classes_is_a_class(tops: list[str]) -> None:
    assert sorted(row[2] or "" for row in _as_rows([f"{top}/1.png" for top in tops])) == sorted(tops)


def test_a_split_without_class_folders_is_said() -> None:
    notes = read_layout(["train/a/1.png", "train/b/1.png", "test/1.png"]).notes
    assert notes == ("The test split has no labels: its images lie in no class folders.",)
    assert read_layout(["train/1.png", "test/1.png"]).notes == ()


@pytest.mark.parametrize(
    ("top", "said"), [("test", True), ("val/images", True), ("unlabeled", True), ("train", False), ("mine", False)]
)
def test_all_images_in_a_test_folder_are_said_to_be_split_anew(top: str, said: bool) -> None:
    layout = read_layout([f"{top}/a/1.png", f"{top}/b/1.png"])
    assert [p.label for p in layout.places] == ["a", "b"]
    assert any("split anew" in note for note in layout.notes) == said


@pytest.mark.parametrize(
    ("paths", "said"),
    [
        (["fold1/a/1", "fold1/b/1", "fold2/a/1", "fold2/b/1"], True),
        (["fold1/a/1", "fold1/b/1", "fold2/a/1"], False),
        (["cat/images/1", "dog/images/1"], False),
        (["cat/1", "dog/1"], False),
        (["train/x/a/1", "train/x/b/1", "train/y/a/1", "train/y/b/1", "test/x/a/1"], False),
    ],
)
def test_the_same_folders_in_every_class_are_said(paths: list[str], said: bool) -> None:
    layout = read_layout([f"{path}.png" for path in paths])
    assert any("holds the same folders (a, b)" in note for note in layout.notes) == said


def test_train_and_test_beside_flat_folders_are_not_guessed() -> None:
    with pytest.raises(TdotError, match="not certain"):
        read_layout(["train/1.png", "test/1.png", "cat/1.png"])


def test_splits_inside_classes() -> None:
    rows = _as_rows(["cat/train/1.png", "cat/test/1.png", "dog/train/1.png"])
    assert [row[1:] for row in rows] == [("train", "cat"), ("train", "dog"), ("test", "cat")]


def test_words_beside_the_split_are_classes() -> None:
    rows = _as_rows(["trainA/1.png", "trainB/1.png", "testA/1.png", "testB/1.png"])
    assert [row[1:] for row in rows] == [("train", "a"), ("train", "b"), ("test", "a"), ("test", "b")]


def test_three_way_and_half_labelled_layouts_say_what_becomes_of_each() -> None:
    layout = read_layout(["train/a/1.png", "train/b/1.png", "val/a/1.png", "test/1.png", "unlabeled/1.png"])
    assert [p.split for p in layout.places] == ["train", "train", "test", "test"]
    notes = " ".join(layout.notes)
    assert "joins the folders test (1), val (1)" in notes and "unlabeled (1)" in notes and "test/1.png" in notes


def test_named_splits() -> None:
    paths = ["x/a/1.png", "x/b/1.png", "y/a/1.png", "z/1.png"]
    layout = read_layout(paths, [("train", "x"), ("test", "y/")])
    assert [(p.path, p.split, p.label) for p in layout.places] == [
        ("x/a/1.png", "train", "a"),
        ("x/b/1.png", "train", "b"),
        ("y/a/1.png", "test", "a"),
    ]
    assert "1 images lie outside" in layout.notes[0]
    assert {p.label for p in read_layout(["train/1.png", "test/1.png"], [("train", ".")]).places} == {"train", "test"}
    for named, message in (
        ([("train", "q")], "holds no images"),
        ([("test", "x")], "no training images"),
        ([("train", "x"), ("test", "x/a")], "two of the folders"),
    ):
        with pytest.raises(TdotError, match=message):
            read_layout(paths, named)


FOLDERS = st.sampled_from(
    [
        "train",
        "test",
        "val",
        "Test1",
        "seg_train",
        "seg_test",
        "unlabeled",
        "cat",
        "dog",
        "00000",
        "trainA",
        "testB",
        "",
    ]
)


@settings(deadline=None)
@given(st.sets(st.lists(FOLDERS, max_size=3).map(lambda folders: "/".join([*filter(None, folders), ""])), min_size=1))
def test_any_layout_is_read_without_loss_or_refused_in_a_sentence(folders: set[str]) -> None:
    paths = {f"{folder}{i}.png" for folder in folders for i in range(2)}
    try:
        layout = read_layout(paths)
    except TdotError as error:
        assert "--split" in str(error) and "\n" not in str(error)
        return
    used = [place.path for place in layout.places]
    assert len(used) == len(set(used)) and set(used) <= paths
    assert set(used) == paths or "left out" in " ".join(layout.notes)
    # Never train on what an uppermost folder calls test, when another is called train.
    if any(path.startswith("train/") for path in paths):
        assert not any(p.path.startswith(("test/", "val/")) and p.split != "test" for p in layout.places)
