"""Settings that a scheduler_config.json leaves out are its own class's, and noise levels that leave nothing are refused."""

from __future__ import annotations

import ast
import importlib.util
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest

from tdot_core.errors import TdotError
from tdot_core.maths.schedule import NoiseSchedule
from tdot_core.models.foreign_schedule import SCHEDULERS, read_schedule

LEFT_OUT: list[dict[str, Any]] = [
    {},
    {"beta_schedule": "linear"},
    {"num_train_timesteps": 300},
    {"beta_start": 2e-4},
    {"beta_end": 0.01, "prediction_type": "v_prediction"},
]
NEEDS_TORCHSDE = "DPMSolverSDEScheduler"


@pytest.mark.parametrize("setting", LEFT_OUT, ids=str)
@pytest.mark.parametrize("kind", sorted(SCHEDULERS - {NEEDS_TORCHSDE}))
def test_what_is_left_out_is_what_its_class_takes(kind: str, setting: dict[str, Any]) -> None:
    theirs = getattr(diffusers, kind)(**setting)
    found = read_schedule({"_class_name": kind, **setting})
    np.testing.assert_allclose(found.schedule.alpha_bar[1:], theirs.alphas_cumprod.double(), rtol=2e-3, atol=1e-6)
    assert {"eps": "epsilon", "v": "v_prediction"}[found.target] == theirs.config.prediction_type


def test_a_class_that_cannot_be_made_here_is_read_by_its_source() -> None:
    """diffusers refuses to make it without torchsde, so its defaults are read from the file that defines it."""
    spec = importlib.util.find_spec("diffusers.schedulers.scheduling_dpmsolver_sde")
    assert spec is not None and spec.origin is not None
    made = next(
        node
        for cls in ast.parse(Path(spec.origin).read_text()).body
        if isinstance(cls, ast.ClassDef) and cls.name == NEEDS_TORCHSDE
        for node in cls.body
        if isinstance(node, ast.FunctionDef) and node.name == "__init__"
    )
    names = [argument.arg for argument in made.args.args][-len(made.args.defaults) :]
    theirs = dict(zip(names, map(ast.literal_eval, made.args.defaults), strict=True))
    taken = ("num_train_timesteps", "beta_start", "beta_end", "beta_schedule", "prediction_type")
    said = read_schedule({"_class_name": NEEDS_TORCHSDE, **{name: theirs[name] for name in taken}})
    assert read_schedule({"_class_name": NEEDS_TORCHSDE}).schedule == said.schedule


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ({"beta_end": 10**400}, "beta_end is a number"),
        ({"num_train_timesteps": "1000"}, "num_train_timesteps is a number, found '1000'"),
        ({"trained_betas": ["0.01"] * 3}, "trained_betas are a list of numbers"),
        ({"trained_betas": [True, 0.1]}, "trained_betas are a list of numbers"),
        ({"trained_betas": {"0": 0.1}}, "trained_betas are a list of numbers"),
        ({"trained_betas": []}, "trained_betas are a list of numbers"),
        ({"trained_betas": [10**400]}, "trained_betas are a list of numbers"),
        ({"clip_sample_range": -1}, "clip_sample_range is a number above 0"),
        ({"num_train_timesteps": 1_000_000}, "no signal"),
        ({"beta_start": 0.9, "beta_end": 0.99}, "no signal"),
        ({"trained_betas": [1e-20, 0.1]}, "add no noise"),
        ({"_class_name": "LCMScheduler"}, "does not know the LCMScheduler"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_cannot_be_honoured_is_refused_truly(setting: dict[str, Any], said: str) -> None:
    with pytest.raises(TdotError, match=said) as caught:
        read_schedule(setting)
    assert "\n" not in str(caught.value)


def test_no_class_named_is_the_first_one() -> None:
    assert read_schedule({"_class_name": None}).schedule == NoiseSchedule()
