"""Moments in features against numpy's and scipy's own, on an identity network."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import linalg
from torch import Tensor

from tdot_core.maths.objectives.feature_moments import FeatureMoments, FeatureMomentsSettings, diagonal_bures_squared

N, SHAPE = 64, (3, 4, 4)


def drawn(seed: int, n: int = N, *, scale: float = 1.0, shift: float = 0.0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn((n, *SHAPE), generator=generator) * scale + shift


def two_layers(x: Tensor, generator: torch.Generator) -> list[Tensor]:
    """Return x itself and its rows added in pairs."""
    return [x, x[:, :, ::2] + x[:, :, 1::2]]


def ready(real: Tensor, **settings: float) -> FeatureMoments:
    objective = FeatureMoments(FeatureMomentsSettings(**{"feature_moments_local": 0.0, **settings}))  # type: ignore[arg-type]
    objective.network = two_layers
    objective.attach(SHAPE, torch.device("cpu"))
    objective.begin(real.split(16), torch.Generator().manual_seed(0))
    return objective


def loss_of(objective: FeatureMoments, fake: Tensor) -> Tensor:
    return objective(fake, fake, 8, torch.Generator().manual_seed(0))


def frechet_squared(a: np.ndarray, b: np.ndarray) -> float:
    """Return the Frechet distance of Gaussians fitted to rows, by scipy's matrix root."""
    covariances = np.cov(a.T), np.cov(b.T)
    root = linalg.sqrtm(covariances[0] @ covariances[1]).real
    return float(np.sum((a.mean(0) - b.mean(0)) ** 2) + np.trace(covariances[0] + covariances[1] - 2 * root))


def test_the_unit_part_is_the_mean_over_layers_of_diagonal_frechet_distances() -> None:
    real, fake = drawn(1), drawn(2, scale=1.3, shift=0.2)
    expected = []
    for a, b in zip(two_layers(real, torch.Generator()), two_layers(fake, torch.Generator()), strict=True):
        a, b = a.flatten(1).double().numpy(), b.flatten(1).double().numpy()
        distance = ((a.mean(0) - b.mean(0)) ** 2).sum() + ((a.std(0) - b.std(0)) ** 2).sum()
        expected.append(distance / a.var(0).sum())
    found = loss_of(ready(real, feature_moments_bures=0.0), fake)
    assert found.item() == pytest.approx(np.mean(expected), rel=1e-4)


def test_the_pooled_part_is_scipys_frechet_distance_of_all_layers_side_by_side() -> None:
    real, fake = drawn(3), drawn(4, scale=0.7, shift=-0.3)
    pools = [
        np.concatenate([m.mean((2, 3)).double() for m in two_layers(x, torch.Generator())], 1) for x in (real, fake)
    ]
    # The second layer's means are twice the first's: the covariance is singular, which must do no harm.
    spread = pools[0].std(0, ddof=1)
    expected = frechet_squared(pools[0][:, :3] / spread[:3], pools[1][:, :3] / spread[:3]) * 2 / 6
    with_both = loss_of(ready(real), fake)
    without = loss_of(ready(real, feature_moments_bures=0.0), fake)
    assert (with_both - without).item() == pytest.approx(expected, rel=2e-3)


def test_equal_moments_have_no_distance() -> None:
    real = drawn(5)
    assert loss_of(ready(real), real[torch.randperm(N, generator=torch.Generator().manual_seed(1))]).item() < 1e-3


def test_the_running_moments_are_those_of_the_batches_together_and_the_gradient_that_of_the_last_alone() -> None:
    real, parts = drawn(6), drawn(7, 4 * N, scale=1.2).split(N)
    objective = ready(real, feature_moments_bures=0.0)
    for part in parts[:-1]:
        loss_of(objective, part)
    last = parts[-1].clone().requires_grad_()
    found = loss_of(objective, last)
    whole = torch.cat([*parts[:-1], last])
    at_once = ready(real, feature_moments_bures=0.0)
    expected = loss_of(at_once, whole)
    assert found.item() == pytest.approx(expected.item(), rel=1e-4)
    (gradient,) = torch.autograd.grad(found, last)
    (share,) = torch.autograd.grad(expected, last)
    torch.testing.assert_close(gradient, 4 * share, rtol=1e-3, atol=1e-7)


def test_a_deviation_of_zero_has_a_finite_gradient() -> None:
    mean = torch.ones(3, requires_grad=True)
    distance = diagonal_bures_squared(mean, mean.square(), torch.zeros(3), torch.ones(3))
    (gradient,) = torch.autograd.grad(distance, mean)
    assert gradient.isfinite().all()


def test_memory_survives_a_checkpoint() -> None:
    real, fake = drawn(8), drawn(9)
    first, second = ready(real), ready(drawn(10))
    loss_of(first, fake)
    assert first.memory is not None and second.memory is not None
    second.memory.load_state_dict(first.memory.state_dict())
    assert loss_of(second, fake).item() == loss_of(first, fake).item()
