"""Muon against the singular value decomposition."""

from __future__ import annotations

import math

import pytest
import torch

from tdot_core.models.muon import Muon, orthogonalised


@pytest.mark.parametrize("shape", [(8, 8), (6, 20), (20, 6)])
def test_the_update_keeps_the_singular_vectors_and_levels_the_values(shape: tuple[int, int]) -> None:
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    u, _, v = torch.linalg.svd(matrix, full_matrices=False)
    along = u.T @ orthogonalised(matrix) @ v.T
    torch.testing.assert_close(along, torch.diag(along.diagonal()), atol=2e-2, rtol=0)
    assert float(along.diagonal().min()) > 0.6 and float(along.diagonal().max()) < 1.3


def test_a_step_is_the_formula_on_weights_of_four_dimensions() -> None:
    generator = torch.Generator().manual_seed(1)
    weight = torch.nn.Parameter(torch.randn(6, 4, 3, 3, generator=generator).to(memory_format=torch.channels_last))
    before, optimiser = weight.detach().clone(), Muon([weight], lr=0.1, momentum=0.9)
    first, second = (torch.randn(6, 4, 3, 3, generator=generator) for _ in range(2))
    expected, kept = before.flatten(1), torch.zeros(6, 36)
    for gradient in (first, second):
        weight.grad = gradient.clone()
        optimiser.step()
        kept = 0.9 * kept + gradient.flatten(1)
        expected = expected - 0.1 * 0.2 * math.sqrt(36) * orthogonalised(gradient.flatten(1) + 0.9 * kept)
    torch.testing.assert_close(weight.detach().flatten(1), expected)


def test_it_descends_a_least_squares_problem() -> None:
    generator = torch.Generator().manual_seed(2)
    x, right = torch.randn(64, 8, generator=generator), torch.randn(8, 5, generator=generator)
    weight = torch.nn.Parameter(torch.zeros(8, 5))
    optimiser = Muon([weight], lr=0.2)
    losses = []
    for step in range(200):
        # Updates have one size whatever the gradient's, so the step size must fall for the end to be quiet.
        optimiser.param_groups[0]["lr"] = 0.2 * (1 - step / 200)
        loss = (x @ weight - x @ right).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.01 * losses[0]
