"""Pairings against scipy's assignment, and integration against closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.optimize
import torch

from tdot_core.errors import TdotError
from tdot_core.maths.flow_matching import calls, integrate, optimal_pairs, straight_path
from tdot_core.maths.streams import normal


def test_the_pairs_are_scipys_assignment() -> None:
    noise, data = normal(range(40), "z", (2, 3)), 2 + normal(range(40), "lift", (2, 3))
    order = optimal_pairs(noise, data)
    cost = torch.cdist(noise.flatten(1), data.flatten(1)).square().numpy()
    rows, columns = scipy.optimize.linear_sum_assignment(cost)
    assert sorted(order.tolist()) == list(range(40))
    assert cost[np.arange(40), order.numpy()].sum() == pytest.approx(cost[rows, columns].sum(), rel=1e-6)


def test_a_path_begins_at_noise_ends_at_data_and_is_straight() -> None:
    noise, data = normal(range(3), "z", (2, 4)), normal(range(3), "lift", (2, 4))
    for u in (0.0, 0.25, 1.0):
        x, velocity = straight_path(noise, data, torch.full((3,), u))
        torch.testing.assert_close(x, noise + u * velocity)
    torch.testing.assert_close(x, data)


@pytest.mark.parametrize(("method", "order"), [("euler", 1), ("heun", 2)])
def test_integration_converges_with_its_order(method: str, order: int) -> None:
    """dx/du = x takes 1 to e."""
    one = torch.ones(1, 1, dtype=torch.float64)
    errors = [math.e - float(integrate(lambda x, u: x, one, steps, method)) for steps in (20, 40)]
    assert math.log2(errors[0] / errors[1]) == pytest.approx(order, abs=0.1)


@pytest.mark.parametrize("method", ["euler", "heun"])
def test_calls_are_what_is_counted(method: str) -> None:
    counted = []
    integrate(lambda x, u: counted.append(1) or x, torch.ones(2, 1), 5, method)  # type: ignore[func-returns-value]
    assert len(counted) == calls(5, method)


def test_an_unknown_method_lists_the_known_ones() -> None:
    with pytest.raises(TdotError, match="Known: euler, heun"):
        integrate(lambda x, u: x, torch.ones(1, 1), 1, "rk4")
