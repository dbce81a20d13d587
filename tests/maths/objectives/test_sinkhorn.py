"""Entropic plans and displacements against POT, and where the displacement leads."""

from __future__ import annotations

import numpy as np
import ot
import pytest
import torch

from tdot_core.errors import TdotError
from tdot_core.maths.objectives.sinkhorn import (
    TEMPERATURES,
    Sinkhorn,
    displacement,
    displacement_loss,
    sinkhorn_plan,
)
from tdot_core.maths.streams import normal


def clouds(n: int = 24, d: int = 5) -> tuple[torch.Tensor, torch.Tensor]:
    return normal(range(n), "z", (d,)).double(), 0.5 + 1.4 * normal(range(n), "lift", (d,)).double()


def pots_plan(M: np.ndarray, reg: float) -> np.ndarray:
    """POT's plan after 200 iterations. It fits columns before rows: transposed, it takes our steps, converged or not."""
    uniform = np.full(24, 1 / 24)
    plan = ot.sinkhorn(uniform, uniform, M.T, reg, method="sinkhorn_log", numItermax=200, stopThr=0.0, warn=False)
    return np.asarray(plan).T


@pytest.mark.parametrize("temperature", TEMPERATURES)
def test_the_plan_is_pots(temperature: float) -> None:
    x, y = clouds()
    M = torch.cdist(x, y).square()
    reg = temperature * float(M.std())
    theirs = pots_plan(M.numpy(), reg)
    np.testing.assert_allclose(sinkhorn_plan(M, reg, 200).numpy(), theirs, atol=1e-9)


@pytest.mark.parametrize("temperature", TEMPERATURES)
@pytest.mark.parametrize("masked", [False, True])
def test_the_displacement_is_the_difference_of_pots_barycentres(temperature: float, masked: bool) -> None:
    x, y = clouds()
    everywhere, off = np.ones((24, 24), dtype=bool), ~np.eye(24, dtype=bool)
    maps = []
    for cloud, counted in ((x, everywhere), (y, off)):
        M = ot.dist(cloud.numpy(), y.numpy())
        # POT takes no forbidden pairs, so the mask is a cost that no plan pays.
        allowed = counted if masked else everywhere
        plan = pots_plan(np.where(allowed, M, 1e5), temperature * float(M[counted].std()))
        maps.append(plan.T @ cloud.numpy() * 24)
    np.testing.assert_allclose(
        displacement(x, y, temperature, 200, masked=masked).numpy(), maps[0] - maps[1], atol=1e-7
    )


def test_the_loss_is_the_mean_square_displacement_and_its_gradient_points_along_it() -> None:
    x, y = clouds(12, 4)
    V = displacement(x, y, 0.05, 200)
    leaf = y.clone().requires_grad_()
    loss = displacement_loss(leaf, V)
    loss.backward()
    assert loss.item() == pytest.approx(float(V.square().mean()), rel=1e-9)
    np.testing.assert_allclose(leaf.grad, -2 * V.numpy() / V.numel(), atol=1e-12)


def test_following_the_displacement_moves_the_fakes_to_the_reals_and_masking_drives_them_apart() -> None:
    x, start = clouds(64, 8)
    before, after = ot.emd2([], [], ot.dist(x.numpy(), start.numpy())), {}
    for masked in (False, True):
        y = start
        for _ in range(40):
            y = y + 0.2 * displacement(x, y, 0.2, 50, masked=masked)
        after[masked] = ot.emd2([], [], ot.dist(x.numpy(), y.numpy()))
    assert after[False] < before / 100 and after[True] > before


def test_too_small_a_batch_says_what_it_needs() -> None:
    with pytest.raises(TdotError, match="batches of 3, found 2"):
        Sinkhorn()(torch.zeros(2, 3, 4, 4), torch.zeros(2, 3, 4, 4), 1, torch.Generator())
