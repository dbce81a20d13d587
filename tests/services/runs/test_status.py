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

from tdot_core.services.runs.status import RunStatus, process_alive, read_status, write_status


def test_a_run_that_was_never_started_waits_then_says_so(tmp_path: Path) -> None:
    write_status(tmp_path, RunStatus(started=time.time()))
    assert read_status(tmp_path).state == "pending"
    write_status(tmp_path, RunStatus(started=time.time() - 3600))
    old = read_status(tmp_path)
    assert old.state == "stopped" and "never started" in old.message


def test_a_dead_process_is_never_shown_as_running(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", "pass"])
    created = psutil.Process(process.pid).create_time()
    deadline = time.monotonic() + 30
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
