"""Measuring a spectrum and moments on digits, against numpy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tdot_core.recipe import theory as recipe
from tdot_core.recipe.theory import build_theory
from tdot_core.services.catalogue.theory import find_theory
from tdot_core.services.datasets import load_dataset
from tdot_core.services.runs.store import list_runs
from tdot_core.services.sampling.loading import load_prior


def quiet(record: object) -> None:
    """Show nothing."""


@pytest.fixture
def shipped(own_models: Path) -> Path:
    """The two-step models on digits, of which ot ships."""
    from tdot_core.recipe.shipping import ship

    ship(list_runs("ot")[0], "ot-small", label="OT", preferred=True)
    return own_models


def test_moments_are_numpys_and_are_measured_once(shipped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    images = np.asarray(load_dataset("digits").images("train")).transpose(0, 3, 1, 2).reshape(-1, 3072) / 127.5 - 1
    order = np.argsort(images.var(axis=0))[::-1]
    basis, mean = np.eye(3072)[:, order], images.mean(axis=0)[order]
    # Decomposing takes a minute; the shipped spectrum is compared with another decomposition in test_prediction.
    monkeypatch.setattr(recipe, "_spectrum", lambda dataset, show: (images.var(axis=0)[order], basis, mean))
    monkeypatch.setattr(recipe, "N", 60)
    monkeypatch.setattr(recipe, "BLOCK", 25)
    assert build_theory("digits", "cpu", quiet) == "measured"
    found = find_theory("digits")
    assert found is not None and [p.name for p in found.priors] == ["ot-small"]
    prior = load_prior("ot-small").prior
    seeds = range(recipe.FIRST_SEED, recipe.FIRST_SEED + 60)
    x = prior.sample(seeds, prior.t_train).flatten(1).double().numpy()[:, order]
    (moments,) = found.priors
    np.testing.assert_allclose(moments.variance, x.var(axis=0, ddof=1), rtol=1e-3, atol=1e-6)
    true = prior.schedule.alpha_bar[prior.t_train] ** 0.5 * mean
    np.testing.assert_allclose(moments.mean_error, x.mean(axis=0) - true, atol=1e-4)
    assert build_theory("digits", "cpu", quiet) == "unchanged"
    monkeypatch.setattr(recipe, "N", 50)
    assert build_theory("digits", "cpu", quiet) == "measured"
