"""Losses that stop being numbers or explode end a training; restless ones do not."""

from __future__ import annotations

import math

import pytest
import torch

from tdot_core.services.training.loss_guard import Diverged, LossGuard, refuse_nan


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_refused_at_once(value: float) -> None:
    with pytest.raises(Diverged, match="'loss' stopped being a number at step 1.*smaller step size"):
        LossGuard().check(1, {"other": 0.5, "loss": value})


def test_an_exploding_loss_is_refused() -> None:
    guard = LossGuard()
    for step in range(1, 41):
        guard.check(step, {"loss": 3.0 / step})
    with pytest.raises(Diverged, match="exploded at step 41"):
        guard.check(41, {"loss": 2e4})


def test_restless_losses_pass() -> None:
    guard, generator = LossGuard(), torch.Generator().manual_seed(3)
    for step, value in enumerate((10 ** (3 * torch.rand(500, generator=generator) - 2)).tolist(), 1):
        guard.check(step, {"critic": value, "generator": -value})


def test_weights_that_are_no_numbers_are_refused() -> None:
    refuse_nan(3, {"a": torch.ones(2), "n": torch.tensor([1])})
    with pytest.raises(Diverged, match="b stopped being a number at step 4"):
        refuse_nan(4, {"a": torch.ones(2), "b": torch.tensor([1.0, math.inf])})
