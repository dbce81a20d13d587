"""Presets: each names settings that exist, each objective has one of two minutes, and every one of those keeps a prior's contract."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
import torch

from tdot_core.__main__ import main
from tdot_core.config import build_config
from tdot_core.errors import TdotError
from tdot_core.maths.objectives import objectives
from tdot_core.maths.streams import stream
from tdot_core.models.fitting import ImageData
from tdot_core.priors import priors
from tdot_core.services.runs.kinds import trainables
from tdot_core.services.training.preset_catalogue import (
    BEST,
    PUBLISHED,
    QUICK,
    objective_labels,
    preset_settings,
    presets_of,
)

QUICK_CASES = [
    (kind, preset.settings) for kind in ("vae", "gan", "ot") for preset in presets_of(kind) if preset.name == QUICK
]


@pytest.mark.parametrize("kind", list(trainables()))
def test_every_preset_names_settings_that_exist_and_says_what_it_is(kind: str) -> None:
    for preset in presets_of(kind):
        config = build_config(trainables()[kind].Config, preset.settings)
        assert preset.kind == kind and preset.label and preset.summary.endswith(".")
        if preset.name == PUBLISHED:
            assert config == trainables()[kind].Config()
        if preset.name == QUICK:
            assert preset.minutes == 2 and config.epochs == 1 and config.width < 32


def test_every_objective_has_a_preset_of_two_minutes() -> None:
    assert objective_labels() == {key: cls.label for key, cls in objectives.all().items()}
    for key in objectives.all():
        assert preset_settings("ot", QUICK, {"objective": key})["objective"] == key
    assert preset_settings("ot", BEST) == {
        "objective": "local",
        "latent": 128,
        "lr": 1e-3,
        "noise": "fresh",
        "inject_noise": True,
    }


@pytest.mark.parametrize(
    ("kind", "settings"), QUICK_CASES, ids=[f"{k} {s.get('objective', '')}" for k, s in QUICK_CASES]
)
def test_the_two_minute_presets_keep_the_contract(kind: str, settings: dict[str, object]) -> None:
    cls = priors.get(kind)
    config = cls.Config(**{**settings, "batch": 12})
    prior = cls(config)
    data = ImageData(stream(7, "train").integers(0, 256, (24, 32, 32, 3), dtype=np.uint8))
    steps = list(prior.fit(data, config, torch.Generator().manual_seed(3)))
    assert [step.step for step in steps] == [1, 2] and all(
        np.isfinite(list(step.losses.values())).all() for step in steps
    )
    together = prior.sample(range(20), config.t_train)
    assert together.shape == (20, 3, 32, 32) and torch.isfinite(together).all()
    assert torch.equal(together[17], prior.sample([17], config.t_train)[0])
    fresh = cls(config)
    fresh.load_weights({name: tensor.clone() for name, tensor in prior.weights().items()})
    assert torch.equal(fresh.sample([17], config.t_train)[0], together[17])


def test_what_is_given_counts_more_and_unknown_names_are_told() -> None:
    assert preset_settings("ot", BEST, {"lr": 2e-4, "epochs": 3})["lr"] == 2e-4
    with pytest.raises(TdotError, match="two-minutes"):
        preset_settings("ot", "three-minutes")
    with pytest.raises(TdotError, match="has no presets"):
        preset_settings("gaussian", QUICK)


@pytest.mark.usefixtures("cache")
def test_the_command_takes_a_preset_and_lists_them(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["train", "ot", "--preset", QUICK, "--objective", "energy", "--batch", "900", "--n-projections", "8"]
    assert main([*words, "--dataset", "digits", "--device", "cpu", "--json"]) == 0
    run = json.loads(capsys.readouterr().out)["run"]
    assert main(["runs", "show", run, "--json"]) == 0
    config = json.loads(capsys.readouterr().out)["config"]
    expected = preset_settings("ot", QUICK, {"objective": "energy", "batch": 900, "n_projections": 8})
    assert {**config, **expected} == config
    assert main(["train", "ot", "--list-settings"]) == 0
    assert f"--preset {QUICK}" in capsys.readouterr().out
    assert main(["train", "ot", "--preset", "none-such", "--dataset", "digits"]) == 2
    assert "Known" in capsys.readouterr().err


def test_presets_are_found_without_torch() -> None:
    import subprocess
    import sys

    code = "import sys; from tdot_core.services.training.preset_catalogue import presets_of; print(len(presets_of('ot')), 'torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.split() == [str(len(presets_of("ot"))), "False"], done.stderr


def test_a_preset_is_plain_data() -> None:
    for kind in trainables():
        facts = [dataclasses.asdict(preset) for preset in presets_of(kind)]
        assert json.loads(json.dumps(facts)) == facts, kind
