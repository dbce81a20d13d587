"""Expectation maximisation against scikit-learn's mixture and closed forms."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.mixture import GaussianMixture

from tdot_core.errors import TdotError
from tdot_core.maths.gaussian_mixture import Mixture, fit_mixture
from tdot_core.maths.streams import normal


def two_clouds() -> torch.Tensor:
    y = normal(range(400), "z", (3,)).double()
    y[:150] = y[:150] * torch.tensor([0.5, 2.0, 1.0]).double() + 6
    return y


def fitted(y: torch.Tensor, components: int, iterations: int, shrinkage: float, seed: int = 0) -> list[Mixture]:
    return list(fit_mixture(y, components, iterations, shrinkage, torch.Generator().manual_seed(seed)))


def test_one_component_is_the_gaussian_of_the_data() -> None:
    y = two_clouds()
    mixture = fitted(y, 1, 2, 0.0)[-1]
    factor = mixture.factors[0]
    np.testing.assert_allclose(mixture.means[0], y.numpy().mean(axis=0), atol=1e-10)
    np.testing.assert_allclose((factor @ factor.T).numpy(), np.cov(y.numpy().T, bias=True), atol=1e-4)


def test_the_steps_are_scikit_learns() -> None:
    y = two_clouds()
    start, *_, end = fitted(y, 2, 30, 0.0)
    precisions = torch.stack([torch.linalg.inv(f @ f.T) for f in start.factors]).numpy()
    theirs = GaussianMixture(
        2,
        max_iter=200,
        tol=1e-10,
        reg_covar=0,
        weights_init=start.log_weights.exp().numpy(),
        means_init=start.means.numpy(),
        precisions_init=precisions,
    ).fit(y.numpy())
    np.testing.assert_allclose(end.means, theirs.means_, atol=1e-3)
    np.testing.assert_allclose(end.log_weights.exp(), theirs.weights_, atol=1e-3)
    assert end.log_likelihood(y) == pytest.approx(float(theirs.score(y.numpy())), abs=1e-3)


def test_the_likelihood_never_falls_without_shrinkage() -> None:
    y = two_clouds()
    values = [mixture.log_likelihood(y) for mixture in fitted(y, 5, 12, 0.0, 3)]
    assert (np.diff(values) > -1e-4).all() and values[-1] > values[0]


def test_shrinkage_makes_every_component_look_like_all() -> None:
    y = two_clouds()
    total = np.cov(y.numpy().T, bias=True)
    for factor in fitted(y, 3, 3, 1e6)[-1].factors:
        np.testing.assert_allclose((factor @ factor.T).numpy(), total, rtol=1e-2, atol=1e-2)


def test_fewer_points_than_components_say_so() -> None:
    with pytest.raises(TdotError, match="at least 9 images, found 4"):
        fitted(torch.zeros(4, 2, dtype=torch.float64), 9, 1, 0.0)
