"""Generated folder layouts: read right, or refused in one sentence; never a silent default."""

from __future__ import annotations

import shlex
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataset_files import encode, picture, run_import, write_folder
from tdot_core.errors import TdotError
from tdot_core.services.datasets.layout import read_layout

TRAIN = ("train", "training", "trn", "trainset", "TRAIN", "Train")
TEST = ("test", "testing", "val", "valid", "validation", "dev", "eval", "holdout", "hold_out", "held-out", "heldOut",
        "query", "gallery", "TEST", "Test")  # fmt: skip
BESIDE = ("{}", "my_{}", "seg-{}", "{}1", "{}_images", "{}_set", "{} data")
FREE = st.text("xyzkjüß九 7-_", min_size=1, max_size=6).filter(lambda name: bool(name.strip(" 7-_")))
"""Names of letters that spell no word that a split is known by."""


@dataclass(frozen=True)
class Truth:
    """A layout and what it means: path -> (split, class)."""

    files: dict[str, tuple[str | None, str | None]]


@st.composite
def layouts(draw: st.DrawFn) -> Truth:
    beside = draw(st.sampled_from(BESIDE))
    names = {"train": beside.format(draw(st.sampled_from(TRAIN))), "test": beside.format(draw(st.sampled_from(TEST)))}
    classes = draw(st.lists(FREE, min_size=2, max_size=3, unique_by=lambda name: name.strip().lower()))
    wrapper = "/".join(draw(st.lists(FREE, max_size=2)))
    deep = draw(st.sampled_from(["", "images/", "x/y/"]))
    kind = draw(st.sampled_from(["above", "below", "classes", "flat"]))
    files: dict[str, tuple[str | None, str | None]] = {}
    for k, label in enumerate(classes):
        for split, folder in names.items():
            path, place = {
                "above": (f"{folder}/{label}/{deep}", (split, label)),
                "below": (f"{label}/{folder}/{deep}", (split, label)),
                "classes": (f"{label}/{deep}", (None, label)),
                "flat": (f"{folder}/", (split, None)),
            }[kind]
            files[f"{wrapper}/{path}{split}{k}.png".lstrip("/")] = place
    return Truth(files)


@settings(deadline=None, max_examples=150)
@given(layouts())
def test_what_is_meant_is_read(truth: Truth) -> None:
    found = read_layout(truth.files)
    assert {place.path: (place.split, place.label) for place in found.places} == truth.files
    assert not found.notes


@settings(deadline=None, max_examples=12)
@given(layouts(), st.data())
def test_what_is_meant_is_imported_from_disk_with_links(truth: Truth, data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        root = Path(name)
        patch.setenv("TDOT_CACHE", str(root / "cache"))
        patch.setenv("TDOT_ROOTS", name)
        pictures = {path: picture(i) for i, path in enumerate(truth.files)}
        folder = write_folder(root / "set", {path: encode(pixels) for path, pixels in pictures.items()})
        linked = folder / data.draw(st.sampled_from(sorted(truth.files))).rpartition("/")[0]
        if linked != folder:
            linked.rename(root / "elsewhere")
            linked.symlink_to(root / "elsewhere")
        dataset = run_import(folder, test_fraction=0)
        for split in ("train", "test"):
            meant = {p: label for p, (side, label) in truth.files.items() if (side or "train") == split}
            assert {i.tobytes() for i in dataset.images(split)} == {pictures[p].tobytes() for p in meant}
            labels = dataset.labels(split)
            if labels is None:
                assert not any(meant.values())
                continue
            of = {pictures[p].tobytes(): label for p, label in meant.items()}
            for image, label in zip(dataset.images(split), labels, strict=True):
                assert dataset.info.classes[label] == of[np.ascontiguousarray(image).tobytes()]


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(BESIDE), st.sampled_from(TRAIN + TEST), FREE, FREE, st.booleans())
def test_a_lone_split_word_beside_one_other_folder_is_refused(
    beside: str, word: str, other: str, label: str, wrapped: bool
) -> None:
    tops = [beside.format(word), other]
    paths = [f"{'set/' if wrapped else ''}{top}/{label}/{i}.png" for top in tops for i in range(2)]
    with pytest.raises(TdotError, match="--split") as refused:
        read_layout(paths)
    assert "\n" not in str(refused.value)
    # What the sentence says to write is read.
    words = shlex.split(str(refused.value).partition("Name them: ")[2])
    named = [(split, folder) for split, _, folder in (word.partition("=") for word in (words[1], words[3]))]
    assert {place.split for place in read_layout(paths, named).places} == {"train", "test"}
    assert {place.path for place in read_layout(paths, named).places} == set(paths)


NAMES = st.one_of(st.sampled_from([*TRAIN[:2], *TEST[:6], "my_train", "trainA", "testA", "unlabeled", "pred"]), FREE)


@settings(deadline=None, max_examples=400)
@given(st.sets(st.lists(NAMES, max_size=4).map(tuple), min_size=1, max_size=6))
def test_any_tree_is_read_without_loss_or_refused(folders: set[tuple[str, ...]]) -> None:
    paths = {"/".join([*folder, f"{i}.png"]) for folder in folders for i in range(2)}
    try:
        found = read_layout(paths)
    except TdotError as error:
        assert "--split" in str(error) and "\n" not in str(error)
        return
    split_of = {place.path: place.split for place in found.places}
    assert set(split_of) <= paths
    assert set(split_of) == paths or "left out" in " ".join(found.notes)
    # What lies under a folder called train never shares a split with what lies under its sibling called test.
    for path in paths & set(split_of):
        parts = path.split("/")
        for depth in (d for d, part in enumerate(parts[:-1]) if part in TRAIN):
            for sibling in TEST:
                start = "/".join([*parts[:depth], sibling]) + "/"
                assert not [p for p in split_of if p.startswith(start) and split_of[p] == split_of[path]]


@pytest.mark.parametrize(
    ("paths", "places"),
    [
        (
            ["my_train/a/1.png", "my_train/b/1.png", "holdout/a/1.png", "holdout/b/1.png"],
            ["train", "train", "test", "test"],
        ),
        (["seg_train/a/1.png", "seg_train/b/1.png", "seg_test/a/1.png", "seg_pred/1.png"], ["train", "train", "test"]),
        (["train/n1/images/1.png", "train/n2/images/1.png", "val/images/1.png"], ["train", "train", "test"]),
    ],
)
def test_layouts_that_people_have(paths: list[str], places: list[str]) -> None:
    assert [place.split for place in read_layout(paths).places] == places


def test_the_one_folder_of_a_split_that_is_no_class_gives_no_labels() -> None:
    found = read_layout(["train/n1/images/1.png", "train/n2/images/1.png", "val/images/1.png"])
    assert found.places[-1].label is None and "'images' is no class" in found.notes[0]


def test_a_class_named_as_a_split_among_others_is_said() -> None:
    found = read_layout(["car/1.png", "plane/1.png", "train/1.png"])
    assert {place.label for place in found.places} == {"car", "plane", "train"}
    assert "train, named as a split, is read as a class" in found.notes[0]


@pytest.mark.parametrize(
    "paths",
    [
        ["test/1.png", "2.png"],
        ["a/test/1.png", "a/other/1.png", "b/test/1.png"],
        ["a/x/train/1.png", "a/x/test/1.png", "b/y/1.png"],
        ["train/cat/test/1.png", "test/cat/1.png"],
        ["train/train/1.png", "train/test/1.png", "test/cat/1.png"],
    ],
)
def test_what_names_do_not_tell_is_refused(paths: list[str]) -> None:
    with pytest.raises(TdotError, match="--split"):
        read_layout(paths)
