"""The family of sliced objectives against POT, numpy and closed forms on Gaussians and shifts."""

from __future__ import annotations

import numpy as np
import ot
import pytest
import scipy.stats
import torch
import torch.nn.functional as F

from tdot_core.errors import TdotError
from tdot_core.maths.objectives.convolution import as_directions, convolution_kernels
from tdot_core.maths.objectives.debiased import DebiasedSliced, debiased_sliced_wasserstein
from tdot_core.maths.objectives.distributional import (
    DistributionalSettings,
    DistributionalSliced,
    directions_around,
)
from tdot_core.maths.objectives.energy import energy_based
from tdot_core.maths.objectives.max_sliced import steepest_direction
from tdot_core.maths.objectives.orthogonal import orthogonal_directions
from tdot_core.maths.objectives.quasi import sobol_directions
from tdot_core.maths.objectives.sliced import random_directions, slice_costs
from tdot_core.maths.streams import normal


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def cloud(first: int, n: int, d: int) -> torch.Tensor:
    return normal(range(first, first + n), "z", (d,)).double()


def pot_squared(x: torch.Tensor, y: torch.Tensor, theta: torch.Tensor) -> float:
    return float(ot.sliced_wasserstein_distance(x.numpy(), y.numpy(), projections=theta.numpy(), p=2)) ** 2


def test_the_costs_per_slice_are_one_dimensional_transport() -> None:
    x, y, theta = cloud(0, 30, 6), 1.5 * cloud(50, 30, 6), random_directions(6, 9, generator()).double()
    expected = [ot.emd2_1d((x @ theta[:, k]).numpy(), (y @ theta[:, k]).numpy()) for k in range(9)]
    np.testing.assert_allclose(slice_costs(x, y, theta).numpy(), expected, rtol=1e-5)


def test_the_debiased_form_is_pots_distances_put_together() -> None:
    x, x2, y, y2 = cloud(0, 20, 8), cloud(20, 20, 8), 2 * cloud(40, 20, 8), 2 * cloud(60, 20, 8)
    theta = random_directions(8, 50, generator()).double()
    expected = (
        pot_squared(x, y, theta) + pot_squared(x2, y2, theta) - pot_squared(x, x2, theta) - pot_squared(y, y2, theta)
    )
    assert float(debiased_sliced_wasserstein((x, x2), (y, y2), theta)) == pytest.approx(expected, rel=1e-5)


def test_equal_distributions_cost_nothing_on_average_once_debiased() -> None:
    draws, plain, debiased = generator(1), [], []
    for k in range(60):
        x, y = (
            cloud(100 * k, 24, 12).reshape(24, 3, 2, 2).float(),
            cloud(10_000 + 100 * k, 24, 12).reshape(24, 3, 2, 2).float(),
        )
        debiased.append(float(DebiasedSliced()(x, y, 32, draws)))
        plain.append(float(slice_costs(x.flatten(1), y.flatten(1), random_directions(12, 32, draws)).mean()))
    assert np.mean(plain) > 0.05
    assert abs(np.mean(debiased)) < 3 * np.std(debiased) / np.sqrt(len(debiased)) < np.mean(plain)


def test_the_debiased_form_needs_two_images() -> None:
    with pytest.raises(TdotError, match="halves"):
        DebiasedSliced()(torch.zeros(1, 3, 2, 2), torch.zeros(1, 3, 2, 2), 4, generator())


def test_orthogonal_directions_are_orthogonal_within_blocks_and_uniform() -> None:
    theta = orthogonal_directions(6, 15, generator())
    assert theta.shape == (6, 15)
    for block in theta.split(6, dim=1):
        torch.testing.assert_close(block.T @ block, torch.eye(block.shape[1]), atol=1e-5, rtol=0)
    first = torch.stack([orthogonal_directions(3, 1, generator(k))[:, 0] for k in range(2000)])
    assert first.mean(dim=0).abs().max() < 0.05
    assert torch.allclose(first.T @ first / 2000, torch.eye(3) / 3, atol=0.03)


def test_all_d_orthogonal_slices_see_a_shift_exactly() -> None:
    """sum_k <v, theta_k>^2 = |v|^2 over an orthonormal basis, where independent slices only agree on average."""
    x, v = cloud(0, 10, 7), torch.arange(7.0).double()
    theta = orthogonal_directions(7, 7, generator(2)).double()
    assert float(slice_costs(x, x + v, theta).mean()) == pytest.approx(float(v @ v) / 7, rel=1e-5)


def test_sobol_directions_are_scipys_points_on_the_sphere_and_more_even_than_random_ones() -> None:
    d, k = 3, 512
    theta = sobol_directions(d, k, generator(4))
    assert torch.allclose(theta.norm(dim=0), torch.ones(k), atol=1e-6)
    seed = int(torch.randint(2**62, (), generator=generator(4)))
    points = scipy.stats.qmc.Sobol(d, scramble=True, rng=np.random.default_rng(seed)).random(k)
    expected = scipy.stats.norm.ppf(points)
    np.testing.assert_allclose(theta.numpy().T, expected / np.linalg.norm(expected, axis=1, keepdims=True), atol=1e-5)
    errors = {
        make: np.mean(
            [
                float((make(d, k, generator(s)) @ make(d, k, generator(s)).T / k - torch.eye(d) / d).norm())
                for s in range(8)
            ]
        )
        for make in (sobol_directions, random_directions)
    }
    assert errors[sobol_directions] < errors[random_directions] / 3


@pytest.mark.parametrize("k", [1, 2, 5])
def test_any_number_of_sobol_directions_can_be_had(k: int) -> None:
    theta = sobol_directions(4, k, generator())
    assert theta.shape == (4, k) and torch.isfinite(theta).all()


def test_the_steepest_direction_of_a_shift_is_the_shift() -> None:
    """W2^2(<x, theta>, <x + v, theta>) = <v, theta>^2, largest at theta = v / |v|, where it is |v|^2."""
    x, v = cloud(0, 40, 9), torch.linspace(-1, 2, 9).double()
    theta = steepest_direction(x, x + v, random_directions(9, 1, generator(5)).double(), 200)
    assert float(slice_costs(x, x + v, theta)) == pytest.approx(float(v @ v), rel=1e-5)
    assert abs(float(theta[:, 0] @ v)) == pytest.approx(float(v.norm()), rel=1e-5)


def test_ascent_beats_pots_maximum_over_random_draws() -> None:
    x, y = cloud(0, 60, 20), cloud(100, 60, 20) * torch.linspace(0.5, 2, 20).double()
    theta = random_directions(20, 200, generator(6)).double()
    best = ot.max_sliced_wasserstein_distance(x.numpy(), y.numpy(), projections=theta.numpy(), p=2) ** 2
    start = theta[:, int(slice_costs(x, y, theta).argmax())][:, None]
    assert float(slice_costs(x, y, start)) == pytest.approx(best, rel=1e-5)
    assert float(slice_costs(x, y, steepest_direction(x, y, start, 50))) > 1.2 * best


def test_equal_clouds_have_no_steepest_direction_and_keep_the_start() -> None:
    x, start = cloud(0, 5, 4), random_directions(4, 1, generator()).double()
    assert torch.equal(steepest_direction(x, x.flip(0), start, 10), start)


def test_energy_weights_are_numpys_softmax_of_pots_costs_and_carry_no_gradient() -> None:
    x, y, theta = cloud(0, 25, 5), 2 * cloud(50, 25, 5) + 1, random_directions(5, 12, generator()).double()
    costs = np.array([pot_squared(x, y, theta[:, k : k + 1]) for k in range(12)])
    weights = np.exp(costs) / np.exp(costs).sum()
    leaf = torch.from_numpy(costs).requires_grad_()
    value = energy_based(leaf)
    value.backward()
    assert value.item() == pytest.approx(float(weights @ costs), rel=1e-5)
    np.testing.assert_allclose(leaf.grad, weights, rtol=1e-5)
    assert float(energy_based(slice_costs(x, y, theta))) == pytest.approx(float(weights @ costs), rel=1e-5)


@pytest.mark.parametrize("kappa", [0.0, 5.0, 400.0])
def test_directions_lie_around_their_centre_as_the_beta_law_says(kappa: float) -> None:
    d, n = 11, 20_000
    centre = random_directions(d, 1, generator(7))
    theta = directions_around(centre, kappa, n, generator(8))
    assert torch.allclose(theta.norm(dim=0), torch.ones(n), atol=1e-5)
    along = (centre.T @ theta)[0].numpy()
    law = scipy.stats.beta((d - 1) / 2 + kappa, (d - 1) / 2, loc=-1, scale=2)
    assert scipy.stats.kstest(along, law.cdf).pvalue > 1e-3
    rest = theta - centre * torch.from_numpy(along)
    assert rest.mean(dim=1).norm() < 0.03


def test_distributional_slices_of_a_shift_see_the_second_moment_of_the_beta_law() -> None:
    x = cloud(0, 8, 12).reshape(8, 3, 2, 2).float()
    v = torch.linspace(1, 2, 12)
    kappa, d = 50.0, 12
    objective = DistributionalSliced(DistributionalSettings(kappa, 50))
    a, b = (d - 1) / 2 + kappa, (d - 1) / 2
    law = scipy.stats.beta(a, b, loc=-1, scale=2)
    expected = float(v @ v) * float(law.var() + law.mean() ** 2)
    assert float(objective(x, x + v.reshape(3, 2, 2), 20_000, generator(9))) == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize(("c", "h"), [(3, 32), (3, 2), (1, 4)])
def test_convolution_directions_equal_torchs_convolutions(c: int, h: int) -> None:
    kernels = convolution_kernels((c, h, h), 5, generator(1))
    theta = as_directions(kernels)
    x = cloud(0, 4, c * h * h).reshape(4, c, h, h).float()
    assert torch.allclose(theta.norm(dim=0), torch.ones(5), atol=1e-5)
    for k in range(5):
        out = x
        for kernel in kernels:
            out = F.conv2d(out, kernel[k : k + 1], stride=2)
        np.testing.assert_allclose((x.flatten(1) @ theta[:, k]).numpy(), out.flatten().numpy(), atol=1e-5)


def test_convolutions_say_which_images_they_take() -> None:
    with pytest.raises(TdotError, match="power of 2"):
        convolution_kernels((3, 24, 24), 2, generator())
