"""The sweep files of the laboratory: they name what exists, say their divisions, and every training takes its 20 minutes by the table."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tdot_core.config import build_config
from tdot_core.maths.objectives import objectives
from tdot_core.models.features import feature_networks
from tdot_core.priors import priors
from tdot_core.services.runs.kinds import trainables
from tdot_core.services.sweep.cells import Training, cells_of
from tdot_core.services.sweep.document import read_sweep
from tdot_core.services.training.pace import DEFAULTS, NETWORK_SECONDS, STEP_SECONDS, WHOLE_SECONDS, training_seconds

FOLDER = Path(__file__).resolve().parents[3] / "sweeps"
FILES = ("objectives", "ablation", "training-seeds", "few-calls")
N = 50_000


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_a_sweep_whose_trainings_exist_and_take_equal_time(name: str) -> None:
    path = FOLDER / f"{name}.toml"
    cells = cells_of(read_sweep(path))
    for training in {cell.prior for cell in cells if isinstance(cell.prior, Training)}:
        build_config(trainables()[training.kind].Config, dict(training.settings))
        seconds = training_seconds(training.kind, dict(training.settings), N)
        assert seconds is not None
        if training.kind not in WHOLE_SECONDS:
            assert 15 * 60 <= seconds <= 25 * 60, (training.label, seconds / 60)
    assert re.search(r"[Dd]ivision", path.read_text(encoding="utf-8"))


def test_every_objective_is_compared_and_the_calls_of_the_question_are_tried() -> None:
    cells = cells_of(read_sweep(FOLDER / "objectives.toml"))
    compared = {
        dict(c.prior.settings).get("objective") for c in cells if isinstance(c.prior, Training) and c.prior.kind == "ot"
    }
    assert compared == set(objectives.all())
    assert {c.t_star for c in cells} == {10, 50, 100, 200, 400} and {c.seed for c in cells} == {100_000}
    race = cells_of(read_sweep(FOLDER / "few-calls.toml"))
    assert {c.n_steps for c in race} == {2, 4, 6, 8} and {c.seed for c in race} == {0, 100_000}


def test_the_table_of_times_knows_every_objective_network_and_default() -> None:
    assert set(objectives.all()) <= set(STEP_SECONDS) and set(feature_networks.all()) == set(NETWORK_SECONDS)
    for kind, values in DEFAULTS.items():
        config = priors.get(kind).Config()
        assert {name: getattr(config, name) for name in values} == values
    assert training_seconds("imported", {}, N) is None
