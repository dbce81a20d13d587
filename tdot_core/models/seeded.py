"""Seeded initial weights without touching the caller's random state."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import torch

M = TypeVar("M")


def seeded_init(build: Callable[[], M], generator: torch.Generator) -> M:
    """Return build() with its initial weights drawn from generator; torch's global generator is left as it was.

    torch's layers can only initialise themselves from the global generator, hence the fork.
    """
    seed = int(torch.randint(2**31, (1,), generator=generator))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return build()
