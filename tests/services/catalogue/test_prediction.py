"""What ships for linear predictions is what the shipped models and their data give, and the predictions follow from it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from tdot_core.errors import TdotError
from tdot_core.maths.grid import time_grid
from tdot_core.maths.schedule import NoiseSchedule
from tdot_core.services.catalogue.prediction import directions, emergence, suggestion, surviving_share, walked_share
from tdot_core.services.catalogue.theory import PriorMoments, Theory, find_theory, theory_path
from tdot_core.services.runs.store import list_runs
from tdot_core.services.sampling.loading import load_prior

SCHEDULE = NoiseSchedule()
AB = SCHEDULE.alpha_bar


@pytest.fixture
def theory() -> Theory:
    """What ships for CIFAR-10."""
    found = find_theory("cifar10")
    assert found is not None
    return found


@pytest.mark.parametrize(("t", "above"), [(100, 287), (200, 106), (300, 46), (400, 22)])
def test_few_directions_of_cifar10_stand_above_the_noise(t: int, above: int, theory: Theory) -> None:
    assert directions(theory, t, SCHEDULE) == above
    assert (theory.eigenvalues * AB[t] / (1 - AB[t]) > 1).sum() == above


def test_the_spectrum_is_the_one_that_the_shipped_gaussian_holds(theory: Theory) -> None:
    tensors = load_prior("gaussian").prior.weights()
    kept = tensors["eigenvalues"].double().numpy()
    np.testing.assert_allclose(theory.eigenvalues[: len(kept)], kept, rtol=2e-3)
    rest = theory.eigenvalues[len(kept) :]
    assert rest.mean() == pytest.approx(float(tensors["remainder"]), rel=5e-3)
    np.testing.assert_allclose(np.linalg.norm(theory.mean), tensors["mean"].double().norm(), rtol=1e-3)


def test_components_emerge_where_lambda_times_snr_is_one(theory: Theory) -> None:
    found = emergence(theory, SCHEDULE)
    assert list(found) == [1, 10, 100]
    for k, t in found.items():
        value = theory.eigenvalues[k - 1]
        assert value * AB[t] >= 1 - AB[t] and value * AB[t + 1] < 1 - AB[t + 1]


def test_the_shipped_priors_are_those_that_were_measured(theory: Theory) -> None:
    shipped = {run.id for run in list_runs() if run.shipped}
    stale = [p.name for p in theory.priors if p.name in shipped and load_prior(p.name).fingerprint != p.fingerprint]
    assert not stale, "made anew since: python -m tdot_core assets build --only theory"


def test_moments_of_fresh_draws_agree_with_the_kept_ones(theory: Theory) -> None:
    """Independent of the components: total variance, and the squared distance of the means, from 400 images."""
    prior = next(p for p in theory.priors if p.name == "ot-local")
    loaded = load_prior("ot-local")
    x = loaded.prior.sample(range(400), prior.t_train).flatten(1).double()
    mean = load_prior("gaussian").prior.weights()["mean"].double() * AB[prior.t_train] ** 0.5
    assert float(x.var(0).sum()) == pytest.approx(prior.variance.sum(), rel=0.1)
    off = float(torch.linalg.vector_norm(x.mean(0) - mean).square()) - float(x.var(0).sum()) / len(x)
    assert off == pytest.approx(np.square(prior.mean_error).sum(), abs=0.02 * float(prior.variance.sum()))


def test_the_closed_form_gaussian_errs_least_and_none_serves_below_its_t_train(theory: Theory) -> None:
    left = {p.name: surviving_share(theory, p, 100, SCHEDULE) for p in theory.priors}
    assert min(left, key=lambda name: left[name] or 0) == "gaussian"
    for prior in theory.priors:
        shares = [surviving_share(theory, prior, t, SCHEDULE) for t in (10, 100, 400, 1000)]
        assert all(a > b > 0 for a, b in zip(shares[:-1], shares[1:], strict=True))  # type: ignore[operator]
    assert surviving_share(theory, next(p for p in theory.priors if p.t_train == 10), 9, SCHEDULE) is None


def small(t_train: int, factor: float) -> tuple[Theory, PriorMoments]:
    values = np.array([20.0, 1.0, 0.05])
    variance = factor * (AB[t_train] * values + 1 - AB[t_train])
    prior = PriorMoments("p", "P", "ot", t_train, 100, "f", np.zeros(3), variance)
    return Theory("d", "i", 10, values, np.zeros(3), (prior,)), prior


def test_the_suggested_start_is_the_best_of_all_that_are_tried() -> None:
    theory, prior = small(10, 2.0)
    best = suggestion(theory, prior, 10, SCHEDULE)
    others = [walked_share(theory, prior, time_grid(t, 10), SCHEDULE) for t in range(20, 1001, 20)]
    assert best.share == min(others) and 20 <= best.t_star <= 1000
    assert suggestion(theory, prior, 10, SCHEDULE).t_star <= suggestion(theory, prior, 100, SCHEDULE).t_star, (
        "more calls reach further"
    )
    right, perfect = small(10, 1.0)
    assert suggestion(right, perfect, 10, SCHEDULE).t_star == 10, "a prior without error needs no chain"


def test_what_is_missing_is_none_and_what_is_damaged_is_said(
    theory: Theory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts, arrays = theory_path("cifar10").with_suffix(".json").read_text(), theory_path("cifar10").read_bytes()
    monkeypatch.setenv("TDOT_ASSETS", str(tmp_path))
    assert find_theory("cifar10") is None
    path = theory_path("cifar10")
    path.parent.mkdir()
    lacking = json.dumps(json.loads(facts) | {"priors": {"gone": json.loads(facts)["priors"]["gaussian"]}})
    for kept, said in ((arrays[:5000], facts), (b"", facts), (arrays, lacking), (arrays, "{}")):
        path.write_bytes(kept)
        path.with_suffix(".json").write_text(said)
        with pytest.raises(TdotError, match=r"theory/cifar10\.npz is damaged"):
            find_theory("cifar10")
