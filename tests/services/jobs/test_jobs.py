"""Jobs in real processes: start, stop, resume, kill, and two starts at once."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from safetensors.torch import load_file

from tdot_core.errors import TdotError
from tdot_core.services.jobs import launcher
from tdot_core.services.jobs.execute import execute
from tdot_core.services.jobs.launcher import request_stop, resume, start, stop
from tdot_core.services.runs.process import create_time, host_name, process_alive, start_ticks
from tdot_core.services.runs.status import write_status
from tdot_core.services.runs.store import Run, delete_run, list_runs
from tdot_core.services.training.session import create_training
from tests.waiting import wait_for


@pytest.fixture
def run(cache: Path) -> Run:
    config = {"epochs": 200, "batch": 64, "latent": 8, "width": 8, "n_projections": 16}
    return create_training("ot", "digits", config, seed=2, device="cpu")


def test_stop_resume_and_delete(run: Run) -> None:
    start(run)
    wait_for(run, lambda s: s.step >= 3)
    with pytest.raises(TdotError, match="already at work"):
        start(run)
    with pytest.raises(TdotError, match="stop it first"):
        delete_run(run)
    stopped = stop(run)
    assert stopped.state == "stopped" and stopped.step >= 3 and "Saved" in stopped.message
    assert not process_alive(stopped.pid, stopped.pid_created)
    resume(run)
    wait_for(run, lambda s: s.state == "running" and s.step > stopped.step)
    assert run.status().attempts == 2
    request_stop(run)
    wait_for(run, lambda s: s.state == "stopped")
    steps = [r["step"] for r in run.metrics()]
    assert steps == list(range(1, len(steps) + 1))
    delete_run(run)
    assert run.id not in [r.id for r in list_runs()]


def test_a_killed_worker_shows_as_crashed_and_can_go_on(run: Run) -> None:
    start(run)
    status = wait_for(run, lambda s: s.step >= 2)
    assert status.pid is not None
    os.killpg(status.pid, signal.SIGKILL)
    crashed = wait_for(run, lambda s: not s.active)
    assert crashed.state == "crashed" and "Resume" in crashed.message
    resume(run)
    wait_for(run, lambda s: s.state == "running" and s.step >= 1)
    assert stop(run).state == "stopped"
    assert load_file(run.weights_path)


def test_a_worker_ends_as_done(cache: Path) -> None:
    small = {"epochs": 1, "batch": 512, "latent": 8, "width": 8, "n_projections": 4}
    run = create_training("ot", "digits", small, device="cpu")
    start(run)
    done = wait_for(run, lambda s: not s.active)
    assert (done.state, done.step, done.total) == ("done", 2, 2), (run.path / "worker.log").read_text()
    with pytest.raises(TdotError, match="done"):
        resume(run)


def test_a_vanished_data_set_fails_with_a_sentence(cache: Path) -> None:
    run = create_training("ot", "digits", {"epochs": 1}, device="cpu")
    spec = (run.path / "spec.json").read_text()
    (run.path / "spec.json").write_text(spec.replace(str(run.spec["dataset"]["id"]), "0123456789abcdef"))
    start(run)
    failed = wait_for(run, lambda s: not s.active)
    assert (
        failed.state == "failed"
        and "not here" in failed.message
        and "then resume" in failed.message
        and "Traceback" not in failed.message
    )


def test_the_handlers_of_the_caller_come_back(cache: Path) -> None:
    small = {"epochs": 1, "batch": 512, "latent": 8, "width": 8, "n_projections": 4}
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    assert execute(create_training("ot", "digits", small, device="cpu")).state == "done"
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def elsewhere(run: Run, state: str) -> None:
    """Let the run's last word come from another machine, a moment ago."""
    status = dataclasses.replace(run.status(), state=state, host="another", pid=7, heartbeat=time.time(), total=100)
    write_status(run.path, status)


def test_what_ended_on_another_machine_can_go_on_here_at_once(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launcher, "FAREWELL_SECONDS", 0.5)
    elsewhere(run, "stopped")
    assert stop(run).state == "stopped"
    assert resume(run).host == host_name()
    assert stop(run).state == "stopped"


def test_what_works_on_another_machine_is_asked_and_not_waited_for_without_end(run: Run) -> None:
    elsewhere(run, "running")
    with pytest.raises(TdotError, match="works on another. It was asked to stop"):
        stop(run, patience=0.3)
    assert (run.path / "STOP").exists() and run.status().state == "running"


def test_a_process_that_leads_no_group_is_ended_alone(run: Run) -> None:
    """As a run is that a script started, or a sweep: whoever shares its group is left alone."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    facts = {"pid": process.pid, "pid_created": create_time(process.pid), "pid_ticks": start_ticks(process.pid)}
    write_status(run.path, dataclasses.replace(run.status(), state="running", host=host_name(), total=100, **facts))
    threading.Thread(target=process.wait, daemon=True).start()
    assert stop(run, patience=0.4).state == "crashed" and process.wait(10) == -signal.SIGTERM
