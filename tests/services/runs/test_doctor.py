"""The doctor finds every kind of damage, mends what can be mended, and changes nothing that is in order."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tdot_core.__main__ import main
from tdot_core.services.runs.checkpoints import checkpoints, load_latest, load_weights
from tdot_core.services.runs.doctor import examine, mend
from tdot_core.services.runs.status import RunStatus, read_status, write_status
from tdot_core.services.runs.store import Run, list_runs


@pytest.fixture
def run(own_models: Path) -> Run:
    return list_runs("ot")[0]


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def test_what_is_in_order_is_left_alone(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert examine() == [] and main(["runs", "doctor"]) == 0
    assert "in order" in capsys.readouterr().out


def test_all_kinds_of_damage_are_found_and_mended(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    weights = run.weights_path.read_bytes()
    flip(run.weights_path)
    (run.path / "status.json").write_text('{"state": "flying"}')
    (run.path / "STOP").touch()
    (run.path / "ckpt" / ".step-9.safetensors.x.safetensors").write_bytes(b"half")
    shutil.copy(checkpoints(run.path)[-1], run.path / "ckpt" / "step-000000009.safetensors")  # no record: unfinished
    dead = list_runs("vae")[0]
    write_status(dead.path, RunStatus(state="running", step=2, total=9, pid=2**22 + 1, pid_created=1.0))
    (dead.path.parent / "gan-broken").mkdir()
    (dead.path.parent / "gan-broken" / "spec.json").write_text("{")
    old = dead.path.parent / ".importing-0123"
    old.mkdir()
    os.utime(old, (1, 1))

    assert main(["runs", "doctor"]) == 1
    said = capsys.readouterr().out
    for words in (
        "weights.safetensors is damaged",
        "names the state",
        "interrupted write",
        "process is gone",
        "gan-broken",
        "interrupted",
    ):
        assert words in said, said
    assert main(["runs", "doctor", "--mend"]) == 0
    assert examine() == []
    assert run.weights_path.read_bytes() == weights and load_weights(run.path)
    assert (read_status(run.path).state, read_status(run.path).step) == ("stopped", 2)
    assert read_status(dead.path).state == "crashed" and not old.exists()


def test_a_damaged_checkpoint_gives_way_to_the_one_before(run: Run) -> None:
    last = checkpoints(run.path)[-1]
    for suffix in (".safetensors", ".json"):
        shutil.copy(last.with_suffix(suffix), run.path / "ckpt" / f"step-000000001{suffix}")
    flip(last)
    (finding,) = examine()
    assert "damaged" in finding.what
    assert mend([finding]) == [] and examine() == []
    latest, damaged = load_latest(run.path)
    assert latest is not None and damaged == [] and len(checkpoints(run.path)) == 1


def test_a_run_at_work_is_not_examined(run: Run) -> None:
    write_status(run.path, RunStatus(state="running", pid=os.getpid()))
    (run.path / "ckpt" / ".half").write_bytes(b"being written")
    assert examine() == []
