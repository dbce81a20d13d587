"""What status.json says, against what the process proves."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tdot_core.services.runs.process import process_alive, start_ticks
from tdot_core.services.runs.status import RunStatus, read_status, write_status


def test_a_run_that_was_never_started_waits_then_says_so(tmp_path: Path) -> None:
    write_status(tmp_path, RunStatus(started=time.time()))
    assert read_status(tmp_path).state == "pending"
    write_status(tmp_path, RunStatus(started=time.time() - 3600))
    old = read_status(tmp_path)
    assert old.state == "stopped" and "never started" in old.message


def test_a_dead_process_is_never_shown_as_running(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", "pass"])
    created = psutil.Process(process.pid).create_time()
    deadline = time.monotonic() + 600
    while psutil.Process(process.pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert not process_alive(process.pid, created)  # finished, not yet reaped
    write_status(tmp_path, RunStatus(state="running", step=7, total=9, pid=process.pid, pid_created=created))
    assert (read_status(tmp_path).state, read_status(tmp_path).step) == ("crashed", 7)
    process.wait()
    assert read_status(tmp_path).state == "crashed"


def test_a_reused_pid_is_another_process(tmp_path: Path) -> None:
    own = psutil.Process(os.getpid()).create_time()
    assert process_alive(os.getpid(), own) and not process_alive(os.getpid(), own - 5)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"state": "flying"}', '{"state": "running", "step": "x"}', "\x00" * 50]
)
def test_a_damaged_status_is_a_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / "status.json").write_text(text)
    status = read_status(tmp_path)
    assert status.state == "failed" and "resume" in status.message.lower()


def test_unknown_fields_of_a_newer_version_are_ignored(tmp_path: Path) -> None:
    (tmp_path / "status.json").write_text(json.dumps({"state": "done", "step": 3, "total": 3, "colour": "red"}))
    assert read_status(tmp_path).step == 3


def test_setting_the_clock_changes_no_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own, ticks = psutil.Process().create_time(), start_ticks(os.getpid())
    monkeypatch.setattr(psutil.Process, "create_time", lambda self: own + 7200)
    monkeypatch.setattr(time, "time", lambda: own - 86400)
    mark = {"pid": os.getpid(), "pid_created": own, "pid_ticks": ticks}
    write_status(tmp_path, RunStatus(state="running", step=3, total=9, heartbeat=own, **mark))
    assert read_status(tmp_path).state == "running"
    write_status(tmp_path, RunStatus(state="running", **(mark | {"pid_ticks": ticks + "1"})))
    assert read_status(tmp_path).state == "crashed"


def test_a_silent_process_is_not_called_dead(tmp_path: Path) -> None:
    mark = {"pid": os.getpid(), "pid_created": psutil.Process().create_time(), "heartbeat": time.time() - 600}
    write_status(tmp_path, RunStatus(state="running", **mark))
    status = read_status(tmp_path)
    assert status.state == "running" and "Not heard of for 10 min" in status.message


def test_a_process_of_another_machine_is_judged_by_its_heartbeat(tmp_path: Path) -> None:
    for age, state in ((5, "running"), (1000, "crashed")):
        write_status(tmp_path, RunStatus(state="running", host="elsewhere", pid=1, heartbeat=time.time() - age))
        assert read_status(tmp_path).state == state
