"""Two starts at once, a stop while waiting in line, a cache that cannot be written: each ends in a sentence."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tdot_core.errors import TdotError
from tdot_core.services.jobs.execute import execute
from tdot_core.services.jobs.launcher import resume, start, stop
from tdot_core.services.jobs.slots import Ticket
from tdot_core.services.runs.attempts import attempts
from tdot_core.services.runs.status import RunStatus, write_status
from tdot_core.services.runs.store import Run
from tdot_core.services.training.session import create_training
from tests.waiting import wait_for

PROJECT = Path(__file__).resolve().parents[3]
SMALL = {"epochs": 1, "batch": 512, "latent": 8, "width": 8, "n_projections": 4}


@pytest.fixture
def run(cache: Path) -> Run:
    return create_training("ot", "digits", SMALL, device="cpu")


def test_of_two_resumes_at_once_one_works(run: Run) -> None:
    write_status(run.path, RunStatus(state="stopped"))
    outcomes: list[str] = []

    def press() -> None:
        try:
            resume(run)
            outcomes.append("started")
        except TdotError as error:
            outcomes.append(str(error))

    threads = [threading.Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("started") == 1
    assert all("at work" in text or "used by another process" in text for text in outcomes if text != "started")
    stop(run)
    assert len(attempts(run.path)) <= 1


def test_a_job_waits_for_its_device_and_can_be_stopped_there(run: Run) -> None:
    mine = Ticket("cpu", "mine")
    assert mine.place() == 0
    start(run)
    waiting = wait_for(run, lambda status: status.place == 1)
    assert waiting.state == "pending" and "place 1 in line" in waiting.message
    stopped = stop(run)
    assert stopped.state == "stopped" and "waited in line" in stopped.message
    mine.close()
    assert execute(run).state == "done" and [a["state"] for a in attempts(run.path)] == ["stopped", "done"]


@pytest.mark.skipif(sys.platform != "linux" and os.getuid() == 0, reason="root may write everywhere")
def test_a_cache_that_cannot_be_written_is_a_sentence(cache: Path) -> None:
    cache.chmod(0o555)
    # Root may write everywhere until it gives up its capabilities; then a folder's permissions bind it as anybody.
    code = (
        "import ctypes, os, sys\n"
        "if os.getuid() == 0:\n"
        "    head, none = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()\n"
        "    assert ctypes.CDLL(None).capset(head, none) == 0\n"
        "from tdot_core.__main__ import main\n"
        "sys.exit(main(sys.argv[1:]))"
    )
    for words in (["train", "ot", "--dataset", "digits"], ["data", "list"], ["runs", "list"], ["cache", "show"]):
        done = subprocess.run(
            [sys.executable, "-c", code, *words],
            cwd=PROJECT,
            capture_output=True,
            text=True,
            timeout=600,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        )
        assert done.returncode in (0, 2) and "Traceback" not in done.stderr, done.stderr[-500:]
        assert done.returncode == 0 or "cannot be written" in done.stderr or "TDOT_CACHE" in done.stderr
    cache.chmod(0o755)


def test_weights_that_a_kill_left_behind_their_last_checkpoint_are_caught_up(run: Run) -> None:
    assert execute(run).state == "done"
    final = run.weights_path.read_bytes()
    run.weights_path.write_bytes(final[:-4] + b"\0\0\0\0")  # what stood there before the last rename
    write_status(run.path, RunStatus(state="crashed"))
    assert execute(run).state == "done" and run.weights_path.read_bytes() == final
