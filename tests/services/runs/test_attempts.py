"""Every start of a run leaves a record, and so does every end."""

from __future__ import annotations

import os
from pathlib import Path

from tdot_core.services.runs.attempts import FILE, attempts, close_open, note_end, note_start
from tdot_core.services.runs.process import host_name, start_ticks
from tdot_core.services.runs.settling import settle
from tdot_core.services.runs.status import RunStatus, read_status, write_status


def status(attempt: int, **changes: object) -> RunStatus:
    return RunStatus(
        state="running",
        attempts=attempt,
        pid=os.getpid(),
        pid_ticks=start_ticks(os.getpid()),
        host=host_name(),
        **changes,
    )  # type: ignore[arg-type]


def test_starts_and_ends_are_kept(tmp_path: Path) -> None:
    note_start(tmp_path, status(1))
    note_end(tmp_path, RunStatus(state="stopped", step=7, message="Saved at step 7.", attempts=1))
    note_start(tmp_path, status(2))
    first, second = attempts(tmp_path)
    assert (first["state"], first["step"], first["why"], first["pid"]) == (
        "stopped",
        7,
        "Saved at step 7.",
        os.getpid(),
    )
    assert first["started"] <= first["ended"] <= second["started"] and "state" not in second


def test_a_start_closes_what_a_killed_process_left_open(tmp_path: Path) -> None:
    note_start(tmp_path, status(1))
    (tmp_path / FILE).write_bytes((tmp_path / FILE).read_bytes() + b'{"attempt": 1, "eve')  # killed while it wrote
    note_start(tmp_path, status(2))
    assert [a.get("state") for a in attempts(tmp_path)] == ["crashed", None]
    assert close_open(tmp_path, "gone") and not close_open(tmp_path, "gone")


def test_a_dead_run_is_settled_on_disk(tmp_path: Path) -> None:
    dead = RunStatus(state="running", step=5, total=9, pid=2**22 + 1, pid_created=1.0, attempts=1)
    write_status(tmp_path, dead)
    note_start(tmp_path, dead)
    settle(tmp_path)
    assert '"crashed"' in (tmp_path / "status.json").read_text()
    assert read_status(tmp_path).step == 5 and attempts(tmp_path)[0]["state"] == "crashed"


def test_a_living_run_is_left_alone(tmp_path: Path) -> None:
    write_status(tmp_path, status(1))
    note_start(tmp_path, status(1))
    before = (tmp_path / "status.json").read_bytes()
    settle(tmp_path)
    assert (tmp_path / "status.json").read_bytes() == before and "state" not in attempts(tmp_path)[0]
