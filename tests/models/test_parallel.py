"""The denoiser trained by two real processes, as torchrun starts them, against the same training in one."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from tdot_core.__main__ import main
from tdot_core.progress import finish
from tdot_core.services.datasets import import_images
from tdot_core.services.runs.attempts import attempts
from tdot_core.services.runs.checkpoints import checkpoints, load_weights
from tdot_core.services.runs.store import Run, list_runs
from tdot_core.services.training.session import TrainingSession, create_training

PROJECT = Path(__file__).resolve().parents[2]
STEPS, EARLY = 50, 5
IMAGES = 440
SETTINGS = {"width": 32, "batch": 8, "epochs": 1, "precision": "fp32", "target": "v", "held_out": 16}
"""53 steps."""
TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]


def torchrun(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "TDOT_THREADS": "1"}
    return subprocess.run(
        [*TORCHRUN, *arguments], cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=800
    )


def own_runs(kind: str) -> list[Run]:
    return [run for run in list_runs(kind) if not run.shipped]


def losses(run: Run) -> torch.Tensor:
    """Return its loss at steps 1, 2, ..., each once."""
    records = run.metrics()
    assert [record["step"] for record in records] == list(range(1, len(records) + 1))
    return torch.tensor([record["loss"] for record in records], dtype=torch.float64)


def images() -> None:
    """Import the smooth random images that everything here trains on into the present cache."""
    rng = np.random.default_rng(0)
    smooth = rng.standard_normal((IMAGES, 32, 32, 3)).cumsum(1).cumsum(2) * 2 + 128
    with tempfile.TemporaryDirectory() as folder:
        for k, image in enumerate(np.clip(smooth, 0, 255).astype(np.uint8)):
            Image.fromarray(image).save(Path(folder) / f"{k:04}.png")
        finish(import_images(Path(folder), "smooth", test_fraction=0.0))


@pytest.fixture
def shared(cache: Path) -> None:
    """A cache with the images."""
    images()


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The training in one process on one thread."""
    before = torch.get_num_threads()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TDOT_CACHE", str(tmp_path_factory.mktemp("alone")))
        torch.set_num_threads(1)
        images()
        run = create_training("denoiser", "smooth", SETTINGS, seed=3, device="cpu")
        for _ in TrainingSession(run):
            pass
        torch.set_num_threads(before)
    return run


def same(run: Run, alone: Run) -> None:
    """Whether a run's losses of 50 steps and more, and its weights, are those of one process to 1e-4."""
    found, expected = losses(run), losses(alone)
    assert len(found) == len(expected) > STEPS and float(expected.std()) > 1e-2
    assert float((found - expected).abs().max()) < 1e-4 and float((found / expected - 1).abs().max()) < 1e-4
    ours, theirs = load_weights(run.path), load_weights(alone.path)
    assert max(float((ours[name] - theirs[name]).abs().max()) for name in theirs) < 1e-3


def test_two_processes_train_as_one_does_and_only_the_first_writes(alone: Run, shared: None) -> None:
    options = [word for name, value in SETTINGS.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    done = torchrun("-m", "tdot_core", "train", "denoiser", "--dataset", "smooth", "--seed", "3", *options)
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
