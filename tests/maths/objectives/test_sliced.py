"""The sliced objective against POT, one dimension against its exact solver, and what every objective owes."""

from __future__ import annotations

import dataclasses

import numpy as np
import ot
import pytest
import torch

from tdot_core.errors import TdotError
from tdot_core.maths.objectives import Objective, objectives
from tdot_core.maths.objectives.sliced import random_directions, sliced_wasserstein
from tdot_core.maths.streams import normal


def clouds(n: int, d: int) -> tuple[torch.Tensor, torch.Tensor]:
    return normal(range(n), "z", (d,)), 0.3 + 1.4 * normal(range(n), "lift", (d,))


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize(("n", "d", "k"), [(128, 3072, 128), (16, 5, 300), (1, 3, 2)])
def test_is_the_square_of_pots(n: int, d: int, k: int) -> None:
    real, fake = clouds(n, d)
    theta = random_directions(d, k, generator())
    theirs = ot.sliced_wasserstein_distance(real.numpy(), fake.numpy(), projections=theta.numpy(), p=2) ** 2
    assert float(sliced_wasserstein(real, fake, theta)) == pytest.approx(theirs, rel=1e-5)


def test_its_gradient_is_that_of_pots() -> None:
    real, fake = (x.double() for x in clouds(32, 48))
    theta = random_directions(48, 64, generator()).double()
    ours, theirs = fake.clone().requires_grad_(), fake.clone().requires_grad_()
    sliced_wasserstein(real, ours, theta).backward()
    (ot.sliced_wasserstein_distance(real, theirs, projections=theta, p=2) ** 2).backward()
    assert ours.grad is not None and theirs.grad is not None
    assert torch.allclose(ours.grad, theirs.grad, rtol=1e-6, atol=1e-12)


def test_one_direction_is_one_dimensional_transport() -> None:
    real, fake = clouds(40, 6)
    theta = random_directions(6, 1, generator())
    exact = ot.emd2_1d((real @ theta)[:, 0].numpy(), (fake @ theta)[:, 0].numpy())
    assert float(sliced_wasserstein(real, fake, theta)) == pytest.approx(exact, rel=1e-5)


def test_a_shift_is_seen_as_its_length_over_the_dimension() -> None:
    """E <v, theta>^2 = |v|^2 / d on the sphere."""
    d, v = 12, torch.arange(12.0)
    real, _ = clouds(20, d)
    theta = random_directions(d, 40_000, generator(3))
    assert float(sliced_wasserstein(real, real + v, theta)) == pytest.approx(float(v @ v) / d, rel=0.02)


def test_directions_are_uniform_on_the_sphere_and_come_from_the_generator() -> None:
    theta = random_directions(4, 20_000, generator(1))
    assert torch.allclose(theta.norm(dim=0), torch.ones(20_000), atol=1e-6)
    second_moment = (theta @ theta.T) / theta.shape[1]
    assert torch.allclose(second_moment, torch.eye(4) / 4, atol=0.01)
    assert torch.equal(theta, random_directions(4, 20_000, generator(1)))
    assert not torch.equal(theta, random_directions(4, 20_000, generator(2)))


@pytest.fixture(params=list(objectives.all()))
def objective(request: pytest.FixtureRequest) -> Objective:
    return objectives.get(request.param)()


def test_every_objective_is_a_distance_with_a_gradient(objective: Objective) -> None:
    """Whatever file it lives in: zero on equal batches, positive apart, differentiable, its randomness the generator's alone."""
    real, fake = (x.reshape(8, 3, 32, 32) for x in clouds(8, 3072))
    leaf = fake.clone().requires_grad_()
    state = torch.get_rng_state()
    if objective.needs_network:
        objective.network = lambda x, _: [x, torch.nn.functional.avg_pool2d(x, 4)]
        objective.attach((3, 32, 32), torch.device("cpu"))
        objective.begin([real], generator())
    loss = objective(real, leaf, 32, generator())
    loss.backward()
    assert torch.equal(state, torch.get_rng_state())
    assert loss.shape == () and float(loss) > 0
    assert leaf.grad is not None and torch.isfinite(leaf.grad).all() and leaf.grad.abs().max() > 0
    if objective.exact:
        assert float(objective(real, real.flip(0), 32, generator())) == pytest.approx(0, abs=1e-9)
    if objective.memory is None:
        assert float(objective(real, fake, 32, generator())) == float(loss)
    assert objective.label and objective.reference and objective.formula and objective.cost


def test_settings_of_an_objective_begin_with_its_key(objective: Objective) -> None:
    for field in dataclasses.fields(objective.Settings):
        assert field.name.startswith(objective.key.replace("-", "_")) and field.metadata["help"]


def test_descending_the_loss_moves_the_fakes_to_the_reals() -> None:
    real, fake = clouds(64, 4)
    points = fake.clone().requires_grad_()
    optimiser, draws = torch.optim.SGD([points], lr=80.0), generator()
    before = ot.emd2([], [], ot.dist(real.numpy(), fake.numpy()))
    for _ in range(200):
        optimiser.zero_grad()
        sliced_wasserstein(real, points, random_directions(4, 32, draws)).backward()
        optimiser.step()
    after = ot.emd2([], [], ot.dist(real.numpy(), points.detach().numpy().astype(np.float32)))
    assert after < before / 10


def test_an_unknown_objective_lists_the_known_ones() -> None:
    with pytest.raises(TdotError, match=r"Unknown objective 'sinkhole'.*sliced"):
        objectives.get("sinkhole")
