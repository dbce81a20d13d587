"""Jobs in real processes: start, stop, resume, kill, and two starts at once."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from safetensors.torch import load_file

from tdot_core.errors import TdotError
from tdot_core.services.jobs.execute import execute
from tdot_core.services.jobs.launcher import request_stop, resume, start, stop
from tdot_core.services.runs.process import process_alive
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
