"""Training sessions on real images: resume bit for bit, NaN guard, damaged checkpoints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from tdot_core.errors import TdotError
from tdot_core.services.runs.checkpoints import checkpoints, load_weights
from tdot_core.services.runs.store import Run
from tdot_core.services.training.loss_guard import Diverged
from tdot_core.services.training.session import TrainingSession, create_training

SMALL: dict[str, dict[str, Any]] = {
    "ot": {"epochs": 1, "batch": 128, "latent": 8, "width": 8, "n_projections": 16},
    "gan": {"epochs": 1, "batch": 128, "latent": 8, "width": 8, "noise": "fresh"},
    "vae": {"epochs": 1, "batch": 128, "latent": 8, "width": 8},
    "denoiser": {"epochs": 1, "batch": 256, "width": 32},
    "cifar-cnn": {"epochs": 1, "batch": 256, "width": 8},
}


def create(key: str, **changes: Any) -> Run:
    return create_training(key, "digits", SMALL[key] | changes, seed=5, device="cpu")


def train(run: Run, stop_after: int | None = None) -> TrainingSession:
    session = TrainingSession(run)
    for progress in session:
        if progress.step == stop_after:
            session.save(progress.step)
            break
    return session


@pytest.mark.parametrize("key", list(SMALL))
def test_a_resumed_run_equals_an_uninterrupted_one(cache: Path, key: str) -> None:
    straight, broken = create(key), create(key)
    train(straight)
    train(broken, stop_after=2)
    train(broken)
    for name in ("weights.safetensors", checkpoints(straight.path)[-1].relative_to(straight.path)):
        a, b = load_file(straight.path / name), load_file(broken.path / name)
        assert a.keys() == b.keys()
        assert all(torch.equal(a[k], b[k]) for k in a), [k for k in a if not torch.equal(a[k], b[k])]
    losses = [[{k: v for k, v in r.items() if k != "time"} for r in run.metrics()] for run in (straight, broken)]
    assert losses[0] == losses[1]


def test_a_session_leaves_losses_samples_and_events(cache: Path) -> None:
    run = create("ot")
    train(run)
    records = run.metrics()
    assert [r["step"] for r in records] == list(range(1, len(records) + 1)) and records[-1]["total"] == len(records)
    steps = [int(sheet.stem.rpartition("-")[2]) for sheet in run.samples()]
    assert steps == sorted({1, *(step for step in (3, 10, 30) if step < len(records)), len(records)})
    assert list(run.path.glob("events.*"))
    assert load_weights(run.path).keys()


def test_a_loss_that_is_no_number_keeps_the_last_good_checkpoint(cache: Path) -> None:
    run = create("denoiser", lr=1e-1, batch=64, epochs=2)
    train(run, stop_after=1)
    good = load_weights(run.path)
    session = TrainingSession(run)
    with pytest.raises(Diverged, match="last good checkpoint"):
        for progress in session:
            with torch.no_grad():
                next(session.trainable.net.parameters()).fill_(float("nan"))  # type: ignore[union-attr,attr-defined]
            session.save(progress.step)
    assert all(torch.equal(good[k], v) for k, v in load_weights(run.path).items())


def test_a_truncated_checkpoint_falls_back_to_the_one_before(cache: Path) -> None:
    run = create("ot", epochs=2)
    session = TrainingSession(run)
    for progress in session:
        if progress.step in (2, 4):
            session.save(progress.step)
        if progress.step == 4:
            break
    newest = checkpoints(run.path)[-1]
    newest.write_bytes(newest.read_bytes()[: newest.stat().st_size // 2])
    resumed = TrainingSession(run)
    assert next(iter(resumed)).step == 3
    assert any("damaged" in note for note in resumed.notes)


def test_a_checkpoint_of_another_shape_is_refused(cache: Path) -> None:
    run = create("ot")
    train(run, stop_after=1)
    spec = json.loads((run.path / "spec.json").read_text())
    spec["config"]["latent"] = 16
    (run.path / "spec.json").write_text(json.dumps(spec))
    with pytest.raises(TdotError, match="does not fit"):
        train(Run(run.path, spec, shipped=False))


@pytest.mark.parametrize(
    ("key", "config", "message"),
    [
        ("nope", {}, "Unknown thing to train"),
        ("ot", {"epochs": 0}, "from 1 to"),
        ("ot", {"epochs": 1.5}, "whole number"),
        ("ot", {"colour": 1}, "Unknown setting"),
        ("ot", {"objective": "x"}, "one of"),
        ("ot", {"lr": float("nan")}, "a number"),
    ],
)
def test_wrong_settings_are_refused_before_a_run_exists(
    cache: Path, key: str, config: dict[str, Any], message: str
) -> None:
    with pytest.raises(TdotError, match=message):
        create_training(key, "digits", config)
    assert not (cache / "runs").exists()


def test_an_unknown_data_set_is_refused(cache: Path) -> None:
    with pytest.raises(TdotError, match="digits"):
        create_training("ot", "no-such-set", {})
