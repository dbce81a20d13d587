"""Critic losses against numpy, and where the generator's gradient points."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tdot_core.maths.adversarial import LOSSES, critic_loss, generator_loss

REAL, FAKE = torch.tensor([2.0, 0.5, -1.0]), torch.tensor([-3.0, 0.0, 1.5])


def softplus(x: np.ndarray) -> np.ndarray:
    return np.log1p(np.exp(x))


def test_the_losses_are_their_formulas() -> None:
    r, f = REAL.numpy().astype(np.float64), FAKE.numpy().astype(np.float64)
    critic = {
        "non-saturating": softplus(-r).mean() + softplus(f).mean(),
        "hinge": np.maximum(0, 1 - r).mean() + np.maximum(0, 1 + f).mean(),
        "relativistic": softplus(f - r).mean(),
    }
    generator = {"non-saturating": softplus(-f).mean(), "hinge": -f.mean(), "relativistic": softplus(r - f).mean()}
    for name in LOSSES:
        assert float(critic_loss(name, REAL, FAKE)) == pytest.approx(critic[name], rel=1e-6)
        assert float(generator_loss(name, REAL, FAKE)) == pytest.approx(generator[name], rel=1e-6)


@pytest.mark.parametrize("name", LOSSES)
def test_critic_and_generator_pull_the_fake_logits_apart(name: str) -> None:
    down, up = (FAKE.clone().requires_grad_() for _ in range(2))
    critic_loss(name, REAL, down).backward()
    generator_loss(name, REAL, up).backward()
    assert down.grad is not None and up.grad is not None
    assert (down.grad >= 0).all() and (down.grad > 0).any() and (up.grad < 0).all()
