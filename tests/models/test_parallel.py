"""The denoiser trained by two real processes, as torchrun starts them, against the same training in one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tdot_core.__main__ import main
from tdot_core.services.runs.attempts import attempts
from tdot_core.services.runs.checkpoints import checkpoints
from tdot_core.services.runs.store import Run
from tdot_core.services.training.session import TrainingSession, create_training
from tests.models.shared_training import EARLY, SETTINGS, STEPS, images, options, own_runs, same, train_alone

PROJECT = Path(__file__).resolve().parents[2]
TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]


def torchrun(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "TDOT_THREADS": "1"}
    return subprocess.run(
        [*TORCHRUN, *arguments], cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=800
    )


@pytest.fixture
def shared(cache: Path) -> None:
    """A cache with the images."""
    images()


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return train_alone(tmp_path_factory.mktemp("alone"))


def test_two_processes_train_as_one_does_and_only_the_first_writes(alone: Run, shared: None) -> None:
    done = torchrun("-m", "tdot_core", "train", *options())
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.count("denoiser-") == 1, "one process reports"
    (run,) = own_runs("denoiser")
    assert len(attempts(run.path)) == 1 and run.status().state == "done"
    assert checkpoints(run.path)[-1].name == checkpoints(alone.path)[-1].name
    same(run, alone)


@pytest.mark.parametrize("first", [1, 2])
def test_a_training_goes_on_with_another_number_of_processes(alone: Run, shared: None, first: int) -> None:
    run = create_training("denoiser", "smooth", SETTINGS, seed=3, device="cpu")
    if first == 1:
        session = TrainingSession(run)
        for progress in session:
            if progress.step == EARLY:
                session.save(progress.step)
                break
        done = torchrun("-m", "tdot_core.worker", str(run.path))
    else:
        (run.path / "STOP").touch()
        stopped = torchrun("-m", "tdot_core.worker", str(run.path))
        assert stopped.returncode == 0 and run.status().state == "stopped", stopped.stderr[-3000:]
        assert 1 <= run.status().step < STEPS and len(checkpoints(run.path)) == 1
        done = subprocess.run([sys.executable, "-m", "tdot_core.worker", str(run.path)], cwd=PROJECT, text=True)
    assert done.returncode == 0, done.stderr
    assert run.status().state == "done"
    same(run, alone)


def test_what_cannot_be_shared_is_refused_in_a_sentence(cache: Path) -> None:
    done = torchrun("-m", "tdot_core", "train", "ot", "--dataset", "digits", "--epochs", "1")
    (run,) = own_runs("ot")
    assert done.returncode != 0 and "takes one process, found 2" in done.stdout + run.status().message
    done = torchrun("-m", "tdot_core", "train", "denoiser", "--dataset", "digits", "--width", "7")
    assert done.returncode != 0 and "Setting 'width'" in done.stderr and not own_runs("denoiser")
    assert main(["train", "denoiser", "--dataset", "digits", "--width", "7"]) == 2
