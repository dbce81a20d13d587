"""What a training will take, measured before it starts; and the presets."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from tdot_core.__main__ import main
from tdot_core.errors import TdotError
from tdot_core.services.runs.kinds import find_trainable
from tdot_core.services.runs.store import list_runs
from tdot_core.services.training.preset_catalogue import BEST, FAIR, PUBLISHED, QUICK, preset_settings
from tdot_core.services.training.presets import epochs_for, like, preset, preset_names
from tdot_core.services.training.rate import Rate, kept_rate, rate_key

SMALL = {"batch": 64, "latent": 8, "width": 8, "n_projections": 8}


def test_the_command_measures_keeps_it_and_leaves_no_run(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = [f"--{name.replace('_', '-')}={value}" for name, value in SMALL.items()]
    assert (
        main(["train", "ot", "--dataset", "digits", "--device", "cpu", "--estimate", "--json", "--epochs=3", *settings])
        == 0
    )
    found = json.loads(capsys.readouterr().out)
    from tdot_core.services.datasets import load_dataset

    assert found["steps"] == 3 * (load_dataset("digits").info.n_train // 64)
    assert 0 < found["seconds"] < 60 and found["memory"] > 50e6
    assert found["total"] == pytest.approx(found["begin"] + found["steps"] * found["seconds"])
    assert not [run for run in list_runs("ot") if not run.shipped]
    # How many epochs are asked for does not change how long a step takes.
    name = rate_key("ot", "digits", SMALL | {"epochs": 9}, "cpu")
    kept = kept_rate(name, 77)
    assert kept is not None and kept.seconds == found["seconds"] and kept.steps == 77
    assert kept_rate(rate_key("ot", "digits", SMALL | {"width": 16}, "cpu")) is None


def test_settings_that_do_not_fit_are_refused(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "ot", "--dataset", "digits", "--estimate", "--batch=0"]) == 2
    assert "Traceback" not in capsys.readouterr().err
    with pytest.raises(TdotError):
        rate_key("ot", "digits", {"nonsense": 1}, "cpu")


def test_a_damaged_rate_is_none(cache: Path) -> None:
    (cache / "rates").mkdir()
    (cache / "rates" / "x.json").write_text('{"seconds": "fast"}')
    assert kept_rate("x") is None and kept_rate("y") is None


@pytest.mark.parametrize(
    ("seconds", "begin", "expected"),
    [(0.1, 0.0, 12), (0.1, 20.0, 10), (0.001, 0.0, 32), (100.0, 0.0, 1), (0.1, 500.0, 1)],
)
def test_as_many_epochs_as_two_minutes_hold(seconds: float, begin: float, expected: int) -> None:
    # 32 epochs of 100 steps; 120 s in all.
    assert epochs_for(Rate(seconds, begin, 0, 3200), 32) == expected


def test_presets_are_the_defaults_and_the_preferred_models_settings(tiny: Path) -> None:
    assert preset("ot", "published").settings == {}
    run = list_runs("ot")[0]
    assert preset("ot", "best").settings == like(run.id).settings == asdict(find_trainable("ot").Config(**run.config))
    with pytest.raises(TdotError):
        preset("nonsense", "best")


def test_the_screen_offers_what_the_command_line_names(tiny: Path) -> None:
    assert preset_names("ot") == (PUBLISHED, BEST, QUICK) and FAIR in preset_names("gan")
    assert preset("gan", FAIR).settings == preset_settings("gan", FAIR)
    assert preset("ot", QUICK).settings == preset_settings("ot", QUICK)
    assert preset("flow", QUICK).settings == {}, "no flow was trained here"


def test_the_best_known_by_name_is_what_the_preferred_models_were_trained_with(cache: Path) -> None:
    for kind in ("ot", "vae"):
        config = find_trainable(kind).Config
        shipped = preset(kind, BEST).settings
        assert asdict(config(**preset_settings(kind, BEST))) == {**shipped, "epochs": config().epochs}
