"""Checkpoints survive kills, bit flips and lies."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tdot_core.errors import TdotError
from tdot_core.services.runs.checkpoints import (
    checkpoints,
    load_latest,
    load_weights,
    read_tensors,
    remove_stale_temporaries,
    save_checkpoint,
    write_tensors,
)

STATE = {"step": torch.tensor(3), "w": torch.arange(12.0).reshape(3, 4)}


def test_what_is_saved_comes_back(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, 3, STATE, {"w": STATE["w"]})
    latest, damaged = load_latest(tmp_path)
    assert damaged == [] and latest is not None
    assert all(torch.equal(latest[k], STATE[k]) for k in STATE)
    assert torch.equal(load_weights(tmp_path)["w"], STATE["w"])


def test_the_last_two_are_kept(tmp_path: Path) -> None:
    for step in (1, 2, 3):
        save_checkpoint(tmp_path, step, STATE, STATE)
    assert [p.name for p in checkpoints(tmp_path)] == ["step-000000002.safetensors", "step-000000003.safetensors"]
    assert len(list((tmp_path / "ckpt").iterdir())) == 4


@settings(max_examples=40, deadline=None)
@given(position=st.floats(0, 0.999), bit=st.integers(0, 7))
def test_one_flipped_bit_is_noticed(tmp_path_factory: pytest.TempPathFactory, position: float, bit: int) -> None:
    folder = tmp_path_factory.mktemp("run")
    save_checkpoint(folder, 1, STATE, STATE)
    save_checkpoint(folder, 2, {**STATE, "step": torch.tensor(4)}, STATE)
    for path in (checkpoints(folder)[-1], folder / "weights.safetensors"):
        data = bytearray(path.read_bytes())
        data[int(position * len(data))] ^= 1 << bit
        path.write_bytes(data)
    latest, damaged = load_latest(folder)
    assert latest is not None and int(latest["step"]) == 3 and len(damaged) == 1
    with pytest.raises(TdotError, match="damaged"):
        load_weights(folder)


@pytest.mark.parametrize("content", [b"", b"\x00" * 7, b"\xff" * 64, b'\x08\x00\x00\x00\x00\x00\x00\x00{"a":1}x'])
def test_files_that_are_not_safetensors_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "w.safetensors").write_bytes(content)
    with pytest.raises(TdotError, match="not a whole safetensors"):
        read_tensors(tmp_path / "w.safetensors")


def test_a_kill_between_the_two_renames_leaves_readable_weights(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, 1, STATE, {"w": torch.zeros(2)})
    before = (tmp_path / "weights.safetensors").read_bytes()
    save_checkpoint(tmp_path, 2, STATE, {"w": torch.ones(2)})
    (tmp_path / "weights.safetensors").write_bytes(before)
    assert torch.equal(load_weights(tmp_path)["w"], torch.zeros(2))


def test_a_folder_that_refuses_writes_keeps_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "file" / "w.safetensors"
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(TdotError, match="could not be written"):
        write_tensors(path, STATE)
    assert (tmp_path / "file").read_text() == "in the way"


def test_temporaries_of_a_killed_writer_are_removed(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, 1, STATE, STATE)
    (tmp_path / "ckpt" / ".step-2.safetensors.abc.safetensors").write_bytes(b"half")
    remove_stale_temporaries(tmp_path)
    assert sorted(p.name for p in (tmp_path / "ckpt").iterdir()) == [
        "step-000000001.json",
        "step-000000001.safetensors",
    ]
