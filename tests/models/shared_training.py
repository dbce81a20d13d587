"""A small training of the denoiser in one process, with which one of several processes is compared."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from tdot_core.progress import finish
from tdot_core.services.datasets import import_images
from tdot_core.services.runs.checkpoints import load_weights
from tdot_core.services.runs.store import Run, list_runs
from tdot_core.services.training.session import TrainingSession, create_training

STEPS, EARLY = 50, 5
IMAGES = 440
SETTINGS = {"width": 32, "batch": 8, "epochs": 1, "precision": "fp32", "target": "v", "held_out": 16}
"""53 steps."""


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


def train_alone(folder: Path) -> Run:
    """Do the training in one process on one thread, in a cache of its own."""
    before = torch.get_num_threads()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TDOT_CACHE", str(folder))
        torch.set_num_threads(1)
        images()
        run = create_training("denoiser", "smooth", SETTINGS, seed=3, device="cpu")
        for _ in TrainingSession(run):
            pass
        torch.set_num_threads(before)
    return run


def options() -> list[str]:
    """Return the training as arguments of `tdot train`."""
    words = [word for name, value in SETTINGS.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    return ["denoiser", "--dataset", "smooth", "--seed", "3", *words]


def same(run: Run, alone: Run) -> None:
    """Whether a run's losses of 50 steps and more, and its weights, are those of one process to 1e-4."""
    found, expected = losses(run), losses(alone)
    assert len(found) == len(expected) > STEPS and float(expected.std()) > 1e-2
    assert float((found - expected).abs().max()) < 1e-4 and float((found / expected - 1).abs().max()) < 1e-4
    ours, theirs = load_weights(run.path), load_weights(alone.path)
    assert max(float((ours[name] - theirs[name]).abs().max()) for name in theirs) < 1e-3
