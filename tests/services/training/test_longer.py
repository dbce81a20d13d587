"""Training a finished run further."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.torch import load_file

from tdot_core.__main__ import main
from tdot_core.errors import TdotError
from tdot_core.progress import finish
from tdot_core.services.datasets import import_images
from tdot_core.services.runs.checkpoints import checkpoints
from tdot_core.services.runs.status import RunStatus, read_status, write_status
from tdot_core.services.runs.store import Run, create_run, find_run
from tdot_core.services.training.longer import lengthen
from tdot_core.services.training.session import TrainingSession, create_training
from tests.waiting import wait_for

TINY: dict[str, dict[str, Any]] = {
    "ot": {"batch": 32, "latent": 8, "width": 8, "n_projections": 16},
    "gan": {"batch": 32, "latent": 8, "width": 8, "noise": "fresh"},
    "vae": {"batch": 32, "latent": 8, "width": 8},
    "flow": {"batch": 32, "width": 64, "blocks": 1},
    "denoiser": {"batch": 32, "width": 32, "anneal": False, "target": "eps"},
}


@pytest.fixture(autouse=True)
def _few_images(cache: Path, tmp_path: Path) -> None:
    """Import 96 pictures as `few`."""
    np.save(tmp_path / "x.npy", np.random.default_rng(1).integers(0, 256, (96, 32, 32, 3), dtype=np.uint8))
    finish(import_images(tmp_path / "x.npy", "few", test_fraction=0))


def _create(key: str, epochs: int, **more: Any) -> Run:
    return create_training(key, "few", TINY[key] | {"epochs": epochs} | more, seed=3, device="cpu")


def _train(run: Run) -> None:
    steps = [progress.step for progress in TrainingSession(run)]
    write_status(run.path, RunStatus(state="done", step=steps[-1], total=steps[-1]))


@pytest.mark.parametrize("key", list(TINY))
def test_it_equals_a_run_that_had_as_many_epochs_from_the_start(cache: Path, key: str) -> None:
    straight, further = _create(key, 2), _create(key, 1)
    _train(straight)
    _train(further)
    early = (further.path / "weights.safetensors").read_bytes()
    longer, said = lengthen(further, 2)
    assert (
        longer.config == straight.config
        and said == "From 1 to 2 epochs."
        and read_status(longer.path).state == "stopped"
    )
    _train(longer)
    assert (
        (longer.path / "weights.safetensors").read_bytes()
        == (straight.path / "weights.safetensors").read_bytes()
        != early
    )
    assert checkpoints(longer.path)[-1].read_bytes() == checkpoints(straight.path)[-1].read_bytes()
    losses = [
        [{k: v for k, v in r.items() if k not in ("time", "total", "held_out")} for r in run.metrics()]
        for run in (longer, straight)
    ]
    assert losses[0] == losses[1]


def test_an_annealed_step_size_is_said(cache: Path) -> None:
    run = _create("denoiser", 1, anneal=True)
    _train(run)
    assert "step size depends on the number of epochs" in lengthen(run, 2)[1]


def test_a_sweep_no_longer_takes_it_for_its_own(cache: Path) -> None:
    run = create_training("ot", "few", TINY["ot"] | {"epochs": 1}, seed=3, device="cpu", node="abc")
    _train(run)
    assert run.spec["node"] == "abc" and "node" not in lengthen(run, 2)[0].spec


def test_what_cannot_be_trained_further_is_one_sentence(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = _create("ot", 2)
    with pytest.raises(TdotError, match="no checkpoint"):
        lengthen(run, 3)
    _train(run)
    before = (run.path / "spec.json").read_bytes()
    for epochs, message in ((2, "takes more than these"), (0, "from 1 to"), (10**6, "from 1 to")):
        assert main(["runs", "resume", run.id, "--epochs", str(epochs)]) == 2
        assert message in capsys.readouterr().err.splitlines()[-1]
    gaussian = create_training("gaussian", "few", {"components": 8}, device="cpu")
    for other in (gaussian, create_run("evaluation", {"config": {}})):
        with pytest.raises(TdotError, match="no epochs"):
            lengthen(other, 3)
    assert (run.path / "spec.json").read_bytes() == before and read_status(gaussian.path).state == "pending"


def test_the_command_trains_a_finished_run_further(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = _create("ot", 1)
    _train(run)
    assert main(["runs", "resume", run.id]) == 2
    assert "--epochs N` trains it further" in capsys.readouterr().err
    assert main(["runs", "resume", run.id, "--epochs", "2", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["note"] == "From 1 to 2 epochs."
    status = wait_for(find_run(run.id), lambda status: status.state in ("done", "failed", "crashed"))
    assert status.state == "done", status
    straight = _create("ot", 2)
    _train(straight)
    mine, theirs = (load_file(r.path / "weights.safetensors") for r in (run, straight))
    assert status.step == straight.metrics()[-1]["step"] and mine.keys() == theirs.keys()
