"""Names, ids, loading, damage and deleting."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dataset_files import encode, labelled_tree, picture, run_import, write_folder
from tdot_core.errors import TdotError
from tdot_core.services.datasets import Dataset, delete_dataset, list_datasets, load_dataset
from tdot_core.services.datasets.names import check_name


@pytest.fixture
def mine(tmp_path: Path, cache: Path) -> Dataset:
    """A small labelled data set under the name `mine`."""
    return run_import(write_folder(tmp_path / "tree", labelled_tree()))


def test_arrays_are_mapped_and_cannot_be_written(mine: Dataset) -> None:
    images = mine.images("train")
    assert isinstance(images, np.memmap) and not images.flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        images[0] = 0


def test_training_data_is_what_trainings_take(mine: Dataset) -> None:
    data = mine.training_data()
    x0 = data.x0(torch.tensor([0, 5]))
    assert len(data) == 8 and x0.shape == (2, 3, 32, 32) and x0.dtype == torch.float32
    back = np.rint(x0[1].permute(1, 2, 0).numpy() * 127.5 + 127.5)
    np.testing.assert_allclose(back, mine.images()[5], atol=1)


def test_a_split_is_train_or_test(mine: Dataset) -> None:
    for call in (mine.images, mine.labels, mine.info.count):
        with pytest.raises(TdotError, match="train or test"):
            call("valid")


@pytest.mark.parametrize("name", ["nothing", "../mine", "", "a/b", "0123456789abcdef", "x\0y"])
def test_an_unknown_name_lists_the_known(name: str, mine: Dataset) -> None:
    with pytest.raises(TdotError, match="Known: digits, mine"):
        load_dataset(name)
    with pytest.raises(TdotError, match="Unknown data set"):
        delete_dataset(name)


def test_missing_cifar10_says_how_to_get_it(cache: Path) -> None:
    with pytest.raises(TdotError, match=r"data download cifar10.*data import FOLDER_OR_ZIP --name cifar10"):
        load_dataset("cifar10")


@pytest.mark.parametrize(
    ("file", "data"),
    [
        ("train.npy", None),
        ("train.npy", b""),
        ("train.npy", b"damaged"),
        ("test.npy", "cut"),
        ("train_labels.npy", "cut"),
        ("test_labels.npy", None),
    ],
)
def test_damaged_arrays_are_told_and_mended_by_importing_again(
    file: str, data: bytes | str | None, mine: Dataset, tmp_path: Path
) -> None:
    path = mine.folder / file
    whole = path.read_bytes()
    path.unlink()
    if data is not None:
        path.write_bytes(whole[:-10] if data == "cut" else bytes(data, "ascii") if isinstance(data, str) else data)
    with pytest.raises(TdotError, match=r"'mine' is damaged: .*Import it again"):
        load_dataset("mine")
    assert run_import(tmp_path / "tree").images("test").shape == (4, 32, 32, 3)
    assert path.read_bytes() == whole


def test_arrays_of_another_shape_or_meaning_are_damage(mine: Dataset) -> None:
    np.save(mine.folder / "train_labels.npy", np.full(8, 2))
    with pytest.raises(TdotError, match=r"labels outside 0\.\.1"):
        load_dataset("mine")
    np.save(mine.folder / "train.npy", np.zeros((8, 32, 32, 3), dtype=np.float32))
    with pytest.raises(TdotError, match="float32"):
        load_dataset("mine")


def test_pickled_arrays_are_never_opened(mine: Dataset) -> None:
    np.save(mine.folder / "train.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(TdotError, match="damaged"):
        load_dataset("mine")


def test_importing_again_mends_changed_pixels(mine: Dataset, tmp_path: Path) -> None:
    path = mine.folder / "train.npy"
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    run_import(tmp_path / "tree")
    assert path.read_bytes() == whole


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"id": 3}', "not json"])
def test_a_damaged_record_is_told_but_does_not_stop_the_list(text: str, mine: Dataset, cache: Path) -> None:
    (cache / "datasets" / "names" / "mine.json").write_text(text)
    with pytest.raises(TdotError):
        load_dataset("mine")
    assert [info.name for info in list_datasets()] == ["digits", mine.info.id]
    delete_dataset("mine")
    delete_dataset(mine.info.id)
    assert [info.name for info in list_datasets()] == ["digits"]


def test_a_negative_count_is_a_damaged_record(mine: Dataset, cache: Path) -> None:
    path = cache / "datasets" / "names" / "mine.json"
    path.write_text(json.dumps({**mine.info.as_json(), "n_train": -1}))
    with pytest.raises(TdotError, match="n_train"):
        load_dataset("mine")


def test_deleting_a_name_keeps_data_that_another_name_needs(mine: Dataset, tmp_path: Path) -> None:
    run_import(tmp_path / "tree", "other")
    delete_dataset("mine")
    assert load_dataset("other").info.id == mine.info.id
    assert load_dataset(mine.info.id).info.name == "other"
    delete_dataset("other")
    assert not mine.folder.exists()


def test_deleting_an_id_takes_its_names(mine: Dataset, tmp_path: Path) -> None:
    run_import(tmp_path / "tree", "other")
    delete_dataset(mine.info.id)
    assert [info.name for info in list_datasets()] == ["digits"] and not mine.folder.exists()


def test_an_open_data_set_survives_being_deleted(mine: Dataset) -> None:
    images = mine.images("train")
    delete_dataset("mine")
    np.testing.assert_array_equal(images[0], picture(0))


def test_digits_cannot_be_deleted_or_replaced(tmp_path: Path, cache: Path) -> None:
    with pytest.raises(TdotError, match="built in"):
        delete_dataset("digits")
    with pytest.raises(TdotError, match="built-in"):
        run_import(write_folder(tmp_path / "a", {"a.png": encode(picture(1))}), "digits")


@pytest.mark.parametrize("name", ["a", "cifar10", "my-set_2.0", "0", "x" * 64])
def test_names_that_are_allowed(name: str) -> None:
    assert check_name(name) == name


@pytest.mark.parametrize(
    "name", ["", "A", "-a", ".a", "a b", "a/b", "../a", "x" * 65, "a\n", "\u00e9", "0123456789abcdef"]
)
def test_names_that_are_not(name: str) -> None:
    with pytest.raises(TdotError, match="name"):
        check_name(name)


@given(st.text(alphabet="aZ09._-/\\ \n\0\u00e9", max_size=70))
def test_an_allowed_name_is_one_plain_file_name(name: str) -> None:
    try:
        check_name(name)
    except TdotError:
        return
    assert Path(name).name == name and name.isascii() and 1 <= len(name) <= 64
