"""The prior's error at x_{t*}: against POT on the same samples and projections, and exact moments."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import ot
import pytest
import torch

from tdot_core.maths.objectives.sliced import random_directions
from tdot_core.maths.schedule import NoiseSchedule
from tdot_core.maths.streams import normal
from tdot_core.progress import finish
from tdot_core.services.datasets import load_dataset
from tdot_core.services.datasets.moments import pixel_moments
from tdot_core.services.evaluation.plan import make_plan
from tdot_core.services.evaluation.prior_error import PROJECTIONS, TRUE_SEED, starts_of
from tdot_core.services.evaluation.spec import EvaluationSpec
from tdot_core.services.features.heldout import taking_order
from tdot_core.services.results.error_split import START
from tdot_core.services.sampling.loading import load_prior

N, T_STAR = 40, 200


def spec(*priors: str, **changes: Any) -> EvaluationSpec:
    fields: dict[str, Any] = {"t_stars": (T_STAR,), "n": N, "dataset": "digits", "device": "cpu", "prior_error": True}
    return EvaluationSpec(priors, **(fields | changes))


def test_it_is_pots_distance_to_noised_training_images_and_the_oracle_is_its_own_floor(measuring: Path) -> None:
    plan = make_plan(spec("vanilla"))
    assert [cell.prior.id for cell in plan.cells] == ["vanilla", "oracle:digits"]
    starts = starts_of(plan)
    vanilla, oracle = (finish(starts.measure(cell)) for cell in plan.cells)
    x = load_prior("vanilla").prior.sample(range(N), T_STAR).flatten(1).numpy().astype(np.float64)
    data, alpha_bar = load_dataset("digits"), NoiseSchedule().alpha_bar[T_STAR]
    rows = np.sort(taking_order(data.info.n_train)[:N])
    x0 = data.images("train")[rows].transpose(0, 3, 1, 2).reshape(N, -1) / 127.5 - 1
    noise = normal(range(TRUE_SEED, TRUE_SEED + N), "lift", (3, 32, 32)).flatten(1).numpy()
    true = np.sqrt(alpha_bar) * x0 + np.sqrt(1 - alpha_bar) * noise
    theta = random_directions(3072, PROJECTIONS, torch.Generator().manual_seed(0)).double().numpy()
    assert vanilla["sliced"].value == pytest.approx(
        ot.sliced_wasserstein_distance(true, x, projections=theta), rel=1e-4
    )
    assert (vanilla["sliced"].n, vanilla["bures"].n, vanilla["bures"].n_real) == (N, N, data.info.n_train)
    for key in ("sliced", "bures"):
        assert oracle[key].value == oracle[f"{key}_floor"].value == vanilla[f"{key}_floor"].value
        assert vanilla[key].value > oracle[key].value > 0  # type: ignore[operator]
    moments = finish(pixel_moments(data))
    pixels = data.images("train").transpose(0, 3, 1, 2).reshape(-1, 3072)[:, ::97] / 127.5 - 1
    assert moments.cov_f[::97, ::97] == pytest.approx(np.cov(pixels, rowvar=False), abs=1e-12)


def test_what_was_measured_before_is_not_drawn_again(measuring: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = make_plan(spec("vanilla", seed=77))
    first = finish(starts_of(plan).measure(plan.cells[0]))
    monkeypatch.setattr("tdot_core.services.evaluation.prior_error.draw_start", None)
    assert finish(starts_of(plan).measure(plan.cells[0])) == first


def test_without_the_images_it_is_not_measured_and_says_why(measuring: Path) -> None:
    plan = make_plan(spec("vanilla"))
    lost = make_plan(spec("vanilla"))
    object.__setattr__(lost, "spec", spec("vanilla", dataset="cifar10"))
    found = finish(starts_of(lost).measure(plan.cells[0]))
    assert set(found) == set(START) and all(value.value is None for value in found.values())
    assert "Needs the training images of cifar10." in found["bures"].note
