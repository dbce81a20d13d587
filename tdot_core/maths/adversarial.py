"""Losses of a generator against a critic, by name."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

NON_SATURATING, HINGE, RELATIVISTIC = LOSSES = ("non-saturating", "hinge", "relativistic")


def critic_loss(name: str, real: Tensor, fake: Tensor) -> Tensor:
    """Return what the critic descends, from its logits on real and fake images, each (b,).

    non-saturating: E softplus(-r) + E softplus(f) (goodfellow2014, section 3); hinge: E max(0, 1 - r) + E max(0, 1 + f)
    (miyato2018, Eq. 16); relativistic: E softplus(f - r), pairs as they come (jolicoeur2019, Eq. 7).
    """
    if name == HINGE:
        return F.relu(1 - real).mean() + F.relu(1 + fake).mean()
    if name == RELATIVISTIC:
        return F.softplus(fake - real).mean()
    return F.softplus(-real).mean() + F.softplus(fake).mean()


def generator_loss(name: str, real: Tensor, fake: Tensor) -> Tensor:
    """Return what the generator descends: E softplus(-f), -E f (miyato2018, Eq. 17) or E softplus(r - f), logits (b,)."""
    if name == HINGE:
        return -fake.mean()
    if name == RELATIVISTIC:
        return F.softplus(real - fake).mean()
    return F.softplus(-fake).mean()
