"""The Wiener filter against least squares, exact scores and golden losses."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
import scipy.fft
import torch

from tdot_core.errors import TdotError
from tdot_core.maths.schedule import NoiseSchedule
from tdot_core.maths.wiener import (
    cosine_matrix,
    from_cosines,
    linear_errors,
    to_cosines,
    wiener_basis,
    wiener_eps,
    wiener_loss,
)

SHAPE = (3, 4, 4)
D = 48
AB = NoiseSchedule().alpha_bar


def moments(seed: int = 0) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Moments of images whose neighbours are alike, as in photographs."""
    rng = np.random.default_rng(seed)
    images = rng.standard_normal((400, *SHAPE)).cumsum(2).cumsum(3) @ np.diag([1, 0.8, 0.6, 0.5]) + 0.3
    flat = images.reshape(400, D) * 0.1
    return flat.mean(0), np.cov(flat.T)


def exact_eps(x: npt.NDArray[np.float64], ab: float) -> npt.NDArray[np.float64]:
    mean, covariance = moments()
    solved = np.linalg.solve(ab * covariance + (1 - ab) * np.eye(D), (x - np.sqrt(ab) * mean).T).T
    return np.asarray(np.sqrt(1 - ab) * solved)


def levels(*ts: int) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.tensor([AB[t] for t in ts]), torch.tensor([1 - AB[t] for t in ts])


@pytest.mark.parametrize("t", [1, 10, 100, 470, 1000])
def test_with_every_component_it_is_the_exact_score(t: int) -> None:
    basis = wiener_basis(*moments(), SHAPE, D)
    x = np.random.default_rng(1).standard_normal((5, D))
    found = wiener_eps(basis, torch.from_numpy(x).reshape(5, *SHAPE), *levels(*[t] * 5))
    np.testing.assert_allclose(found.reshape(5, D), exact_eps(x, AB[t]), rtol=1e-8, atol=1e-10)


def test_of_white_data_it_is_the_toys_exact_answer() -> None:
    """Design section 3: mean 0.3 and variance 0.25 in every pixel."""
    x = torch.from_numpy(np.random.default_rng(2).standard_normal((3, *SHAPE)))
    for components in (0, 7, D):
        basis = wiener_basis(np.full(D, 0.3), 0.25 * np.eye(D), SHAPE, components)
        ab, noise = levels(10, 200, 500)
        shown = (ab.sqrt()[:, None, None, None], noise[:, None, None, None])
        expected = shown[1].sqrt() * (x - shown[0] * 0.3) / (shown[0] ** 2 * 0.25 + shown[1])
        torch.testing.assert_close(wiener_eps(basis, x, ab, noise), expected)


@pytest.mark.parametrize("components", [0, 4, 16])
@pytest.mark.parametrize("t", [10, 200, 600])
def test_with_fewer_it_is_nearly_as_good_and_never_better(components: int, t: int) -> None:
    mean, covariance = moments()
    basis = wiener_basis(mean, covariance, SHAPE, components)
    ab, noise = AB[t], 1 - AB[t]
    # The filter as a matrix, and its expected loss from the data's true moments.
    probe = torch.eye(D, dtype=torch.float64).reshape(D, *SHAPE) + np.sqrt(ab) * basis.mean
    filter_ = wiener_eps(basis, probe, *levels(*[t] * D)).reshape(D, D).numpy().T
    rest = np.eye(D) - np.sqrt(noise) * filter_
    loss = (np.sum(rest**2) + ab * np.trace(filter_ @ covariance @ filter_.T)) / D
    best = float(wiener_loss(basis.spectrum_std, *levels(t))[0])
    assert best * (1 - 1e-9) <= loss <= 1.25 * best


def test_its_loss_is_that_of_the_least_squares_fit() -> None:
    """On many pairs (x_t, eps) of Gaussian data, numpy's least squares leaves what the closed form says."""
    mean, covariance = moments()
    basis, t = wiener_basis(mean, covariance, SHAPE, D), 100
    rng = np.random.default_rng(3)
    eps = rng.standard_normal((60_000, D))
    x = np.sqrt(AB[t]) * rng.multivariate_normal(mean, covariance, len(eps), method="eigh") + np.sqrt(1 - AB[t]) * eps
    inputs = np.c_[x, np.ones(len(x))]
    left = eps - inputs @ np.linalg.lstsq(inputs, eps, rcond=None)[0]
    assert np.mean(left**2) == pytest.approx(float(wiener_loss(basis.spectrum_std, *levels(t))[0]), rel=0.01)


def test_cosines_are_scipys() -> None:
    x = np.random.default_rng(4).standard_normal((2, *SHAPE))
    axes = torch.linalg.qr(torch.from_numpy(np.random.default_rng(5).standard_normal((3, 3))))[0]
    expected = scipy.fft.dctn(np.einsum("kc,bchw->bkhw", axes.numpy(), x), axes=(2, 3), norm="ortho")
    found = to_cosines(torch.from_numpy(x), axes)
    np.testing.assert_allclose(found, expected, atol=1e-12)
    np.testing.assert_allclose(from_cosines(found, axes), x, atol=1e-12)
    np.testing.assert_allclose(cosine_matrix(5) @ cosine_matrix(5).T, np.eye(5), atol=1e-12)


def test_moments_that_do_not_fit_are_refused() -> None:
    mean, covariance = moments()
    with pytest.raises(TdotError, match="from 0 to 48 components, found 49"):
        wiener_basis(mean, covariance, SHAPE, 49)
    with pytest.raises(TdotError, match="a mean of 12 numbers"):
        wiener_basis(mean, covariance, (3, 2, 2), 1)


@pytest.mark.parametrize("t", [1, 100, 1000])
def test_the_exact_filters_errors_are_those_of_least_squares(t: int) -> None:
    rng = np.random.default_rng(3)
    x0, eps = rng.standard_normal((2, 6, D)) * 0.4
    errors = linear_errors(torch.from_numpy(x0), torch.from_numpy(eps), *map(torch.from_numpy, moments()))
    exact = eps - exact_eps(np.sqrt(AB[t]) * x0 + np.sqrt(1 - AB[t]) * eps, AB[t])
    np.testing.assert_allclose(errors(AB[t]), np.square(exact).mean(1), rtol=1e-8)
