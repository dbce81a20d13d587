"""CIFAR as its authors publish it, Python and binary version; nothing in a pickle is ever run."""

from __future__ import annotations

import os
import pickle
import pickletools
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from array_files import cifar_batch, cifar_meta, pictures, write_tar
from dataset_files import run_import, visible, write_folder, write_zip
from tdot_core.errors import TdotError
from tdot_core.services.datasets.cifar10 import CLASSES

IMAGES = pictures(24)
LABELS = [(7 * i) % 10 for i in range(24)]
HTML = {"cifar-10-batches-py/readme.html": b"<html>"}
TEN = {
    f"cifar-10-batches-py/data_batch_{k + 1}": cifar_batch(
        IMAGES[4 * k : 4 * k + 4], {"labels": LABELS[4 * k : 4 * k + 4]}, f"training batch {k + 1} of 5"
    )
    for k in range(5)
} | {
    "cifar-10-batches-py/test_batch": cifar_batch(IMAGES[20:], {"labels": LABELS[20:]}, "testing batch 1 of 1"),
    "cifar-10-batches-py/batches.meta": cifar_meta("label_names", CLASSES),
}


def _torchvisions(data: bytes) -> tuple[np.ndarray, list[int]]:
    """Return images and labels as torchvision's CIFAR10 decodes a batch; these bytes are our own."""
    entry = pickle.loads(data, encoding="latin1")
    return entry["data"].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1), entry.get("labels", entry.get("fine_labels"))


def test_the_batches_written_here_are_what_python_2_wrote() -> None:
    images, labels = _torchvisions(TEN["cifar-10-batches-py/data_batch_1"])
    np.testing.assert_array_equal(images, IMAGES[:4])
    assert labels == LABELS[:4]


def test_cifar10_as_tarball_folder_and_zip(tmp_path: Path, cache: Path) -> None:
    files = HTML | TEN
    sources = [
        write_tar(tmp_path / "cifar-10-python.tar.gz", files, "w:gz"),
        write_folder(tmp_path / "set", files),
        write_zip(tmp_path / "x.zip", files),
    ]
    for source in sources:
        found = run_import(source)
        assert (found.info.n_train, found.info.n_test, found.info.classes) == (20, 4, CLASSES)
        decoded = [_torchvisions(TEN[f"cifar-10-batches-py/data_batch_{k}"]) for k in range(1, 6)]
        np.testing.assert_array_equal(found.images("train"), np.concatenate([images for images, _ in decoded]))
        np.testing.assert_array_equal(found.labels("train"), np.concatenate([labels for _, labels in decoded]))
        np.testing.assert_array_equal(found.images("test"), IMAGES[20:])
        assert found.info.n_ignored == 1


def test_one_batch_renamed(tmp_path: Path, cache: Path) -> None:
    (tmp_path / "mine").write_bytes(TEN["cifar-10-batches-py/data_batch_2"])
    found = run_import(tmp_path / "mine", test_fraction=0)
    np.testing.assert_array_equal(found.images("train"), IMAGES[4:8])
    assert [found.info.classes[k] for k in found.labels("train")] == [str(label) for label in LABELS[4:8]]


def test_cifar100_takes_the_fine_labels(tmp_path: Path, cache: Path) -> None:
    fine, coarse = [(11 * i) % 100 for i in range(24)], [i % 20 for i in range(24)]
    names = tuple(f"fine{i:02}" for i in range(100))
    files = {
        "train": cifar_batch(
            IMAGES[:20], {"fine_labels": fine[:20], "coarse_labels": coarse[:20]}, "training batch 1 of 1"
        ),
        "test": cifar_batch(
            IMAGES[20:], {"fine_labels": fine[20:], "coarse_labels": coarse[20:]}, "testing batch 1 of 1"
        ),
        "meta": cifar_meta("fine_label_names", names),
    }
    found = run_import(write_tar(tmp_path / "x.tar.gz", {f"cifar-100-python/{k}": v for k, v in files.items()}, "w:gz"))
    assert found.info.classes == names and "fine" in " ".join(found.info.notes)
    np.testing.assert_array_equal(found.labels("test"), fine[20:])
    np.testing.assert_array_equal(found.images("train"), IMAGES[:20])


@pytest.mark.parametrize("protocol", [3, 4, 5])
def test_batches_pickled_again_by_python_3(protocol: int, tmp_path: Path, cache: Path) -> None:
    document = {"data": IMAGES.transpose(0, 3, 1, 2).reshape(24, -1), "labels": LABELS, "mean": np.zeros(3)}
    (tmp_path / "x").write_bytes(pickle.dumps(document, protocol))
    found = run_import(tmp_path / "x", test_fraction=0)
    np.testing.assert_array_equal(found.images("train"), IMAGES)
    np.testing.assert_array_equal(found.labels("train"), LABELS)


def _record(images: np.ndarray, *labels: list[int]) -> bytes:
    planes = images.transpose(0, 3, 1, 2).reshape(len(images), -1)
    return np.concatenate([np.array(labels, np.uint8).T, planes], axis=1).tobytes()


def test_the_binary_versions(tmp_path: Path, cache: Path) -> None:
    ten = {
        "data_batch_1.bin": _record(IMAGES[:20], LABELS[:20]),
        "test_batch.bin": _record(IMAGES[20:], LABELS[20:]),
        "batches.meta.txt": "\n".join(CLASSES).encode() + b"\n\n",
    }
    found = run_import(write_tar(tmp_path / "cifar-10-binary.tar.gz", {f"b/{k}": v for k, v in ten.items()}, "w:gz"))
    assert found.info.classes == CLASSES
    np.testing.assert_array_equal(found.images("train"), IMAGES[:20])
    np.testing.assert_array_equal(found.labels("test"), LABELS[20:])
    fine = [(11 * i) % 100 for i in range(24)]
    hundred = {
        "train.bin": _record(IMAGES[:20], LABELS[:20], fine[:20]),
        "test.bin": _record(IMAGES[20:], LABELS[20:], fine[20:]),
    }
    found = run_import(write_folder(tmp_path / "hundred", hundred))
    assert [int(found.info.classes[k]) for k in found.labels("train")] == fine[:20]
    np.testing.assert_array_equal(found.images("test"), IMAGES[20:])


class _Call:
    """Pickles as a call."""

    def __init__(self, called: object, *given: object) -> None:
        self.called, self.given = called, given

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return self.called, self.given


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_a_malicious_pickle_runs_nothing(protocol: int, tmp_path: Path, cache: Path) -> None:
    canary = tmp_path / "canary"
    good = {"labels": LABELS, "data": IMAGES.transpose(0, 3, 1, 2).reshape(24, -1)}
    for evil in (
        _Call(os.system, f"touch {canary}"),
        _Call(eval, f"open({str(canary)!r}, 'w')"),
        _Call(open, str(canary), "w"),
    ):
        for document in (
            evil,
            {"x": evil},
            {**good, "data": evil},
            {**good, "labels": [evil]},
            {**good, "batch_label": evil},
        ):
            (tmp_path / "batch").write_bytes(pickle.dumps(document, protocol))
            with pytest.raises(TdotError, match=r"nothing of it was run|no whole pickle|which is not read") as refused:
                run_import(tmp_path / "batch")
            assert "\n" not in str(refused.value)
    assert not canary.exists() and visible(cache) == []


@pytest.mark.parametrize(
    "body",
    [
        b"(S'touch CANARY'\nios\nsystem\n.",
        b"cos\nsystem\n(S'touch CANARY'\ntR.",
        b"(cos\nsystem\nS'touch CANARY'\no.",
        b"\x8c\x02os\x8c\x06system\x93\x8c\x0ctouch CANARY\x85R.",
        b"Pid\n.",
        b"\x82\x01.",
        b"cnumpy\nndarray\n)\x81.",
    ],
)
def test_opcodes_that_call_are_refused(
    body: bytes, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "batch").write_bytes(b"\x80\x02}0" + body)
    with pytest.raises(TdotError, match=r"nothing of it was run|no whole pickle"):
        run_import(tmp_path / "batch")
    assert not (tmp_path / "CANARY").exists()


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ([1, 2], "which is not read|a pickle of list"),
        ({"labels": LABELS}, "without data"),
        ({"data": IMAGES.reshape(24, -1).astype(np.float32), "labels": LABELS}, "should be uint8"),
        ({"data": IMAGES.reshape(24, -1), "labels": LABELS[:3]}, "list of 24"),
        ({"data": IMAGES.reshape(24, -1), "labels": [0.5] * 24}, "list of 24"),
        ({"data": np.asfortranarray(IMAGES.reshape(24, -1)), "labels": LABELS}, "C order"),
        ({"data": [[0] * 3072], "labels": [0]}, "found list"),
    ],
)
def test_what_is_no_batch_is_one_sentence(document: object, message: str, tmp_path: Path, cache: Path) -> None:
    (tmp_path / "batch").write_bytes(pickle.dumps(document, 4))
    with pytest.raises(TdotError, match=message) as refused:
        run_import(tmp_path / "batch")
    assert "\n" not in str(refused.value) and visible(cache) == []


BATCH = TEN["cifar-10-batches-py/test_batch"]
HEADER = BATCH.index(b"T\x00\x30\x00\x00")
"""Where the pixels start: what lies before and behind them is opcodes."""


@settings(deadline=None, max_examples=120)
@given(st.integers(0, 400), st.binary(min_size=1, max_size=6), st.booleans())
def test_a_damaged_batch_is_read_or_refused(at: int, bytes_: bytes, cut: bool) -> None:
    at = at if at < HEADER else len(BATCH) - (at - HEADER) - 1
    data = BATCH[:at] if cut else BATCH[:at] + bytes_ + BATCH[at + len(bytes_) :]
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("TDOT_CACHE", f"{folder}/cache")
        (Path(folder) / "batch").write_bytes(data)
        try:
            found = run_import(Path(folder) / "batch", test_fraction=0)
        except TdotError as error:
            assert "\n" not in str(error)
            return
        assert found.images("train").shape[1:] == (32, 32, 3)
        assert len(list(pickletools.genops(data))) > 1
