"""The time grid as a setting: what it changes, and what the uniform one leaves as it was."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tdot_core.errors import TdotError
from tdot_core.maths.grid import time_grid
from tdot_core.services.evaluation.spec import EvaluationSpec
from tdot_core.services.results.rows import EvaluationRow
from tdot_core.services.sampling.drawn_sets import Draw
from tdot_core.services.sampling.generate import SampleSettings, generate
from tdot_core.services.sampling.loading import load_net, load_prior
from tdot_core.services.storage.paths import project_root

BEFORE = {"t_star": 10, "n_steps": 10, "sampler": "ddim", "eta": 0.0, "seed": 0, "n": 16, "clip_x0": True}


def test_documents_of_the_uniform_grid_are_those_of_before() -> None:
    assert SampleSettings(10, 10).document() == BEFORE
    assert SampleSettings(10, 10, grid="logsnr").document() == {**BEFORE, "grid": "logsnr"}
    assert "grids" not in EvaluationSpec(priors=("vanilla",)).plain()
    spec = EvaluationSpec(priors=("vanilla",), grids=("uniform", "logsnr"))
    assert EvaluationSpec.from_plain(spec.plain()) == spec


def test_shipped_rows_of_before_read_as_uniform() -> None:
    rows = json.loads((project_root() / "assets" / "benchmark" / "rows.json").read_text())
    rows = rows if isinstance(rows, list) else rows["rows"]
    without = [{k: v for k, v in row.items() if k != "grid"} for row in rows]
    assert without and all(EvaluationRow.from_json(row).grid == "uniform" for row in without)


def test_other_grids_give_other_images_under_another_key(tiny: Path) -> None:
    import torch

    prior, net, cpu = load_prior("vanilla"), load_net(), torch.device("cpu")
    keys = {
        grid: Draw(prior, net, SampleSettings(300, 4, n=2, grid=grid), cpu).key
        for grid in ("uniform", "logsnr", "karras")
    }
    assert len(set(keys.values())) == 3
    drawn = {
        grid: next(iter(generate([prior], net, SampleSettings(300, 4, n=2, grid=grid), frames=4))) for grid in keys
    }
    for grid, chunk in drawn.items():
        assert list(chunk.frame_ts) == time_grid(300, 4, grid) and chunk.nfe == 4
    assert not np.array_equal(drawn["uniform"].images, drawn["logsnr"].images)


def test_heun_counts_both_calls_of_a_step(tiny: Path) -> None:
    chunk = next(iter(generate([load_prior("vanilla")], load_net(), SampleSettings(300, 4, "heun", n=2))))
    assert chunk.nfe == 7


def test_an_unknown_grid_is_refused_before_anything_is_drawn(tiny: Path) -> None:
    with pytest.raises(TdotError, match="time grid 'sigmoid'.*karras, logsnr, uniform"):
        SampleSettings(300, 4, grid="sigmoid").check(load_net().schedule)
    with pytest.raises(TdotError, match="time grid 'sigmoid'"):
        EvaluationSpec(priors=("vanilla",), grids=("sigmoid",))
