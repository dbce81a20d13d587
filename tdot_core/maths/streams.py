"""Per-image randomness: one independent stream for every (image seed, purpose)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from tdot_core.errors import TdotError

PURPOSES = {"z": 0, "index": 1, "lift": 2, "step": 3, "train": 4}
MAX_SEED = 2**63 - 1


def stream(seed: int, purpose: str) -> np.random.Generator:
    """Return the random stream of one image and purpose; streams of different keys never meet.

    Philox keyed by (seed, purpose). torch's CPU generator keeps 32 bits of its seed, so among 50,000 images it would
    give some pairs the same noise. seed: 0..2^63 - 1; purpose: "z", "index", "lift", "step" or "train".
    """
    if not 0 <= seed <= MAX_SEED:
        raise TdotError(f"An image seed must be from 0 to {MAX_SEED}, found {seed}.")
    return np.random.Generator(np.random.Philox(key=np.array([seed, PURPOSES[purpose]], dtype=np.uint64)))


def normal(seeds: Sequence[int], purpose: str, shape: tuple[int, ...]) -> Tensor:
    """Draw standard normal noise, row i a function of (seeds[i], purpose) alone. Shape (n, *shape), float32, CPU."""
    rows = [stream(seed, purpose).standard_normal(shape, dtype=np.float32) for seed in seeds]
    return torch.from_numpy(np.stack(rows)) if rows else torch.empty((0, *shape))


def step_noise(seeds: Sequence[int], n_steps: int, shape: tuple[int, ...]) -> Tensor:
    """Draw the noise of a chain, shape (n_steps, n, *shape): step k of image i is the k-th draw of its "step" stream."""
    rows = [stream(seed, "step").standard_normal((n_steps, *shape), dtype=np.float32) for seed in seeds]
    return torch.from_numpy(np.stack(rows, axis=1)) if rows else torch.empty((n_steps, 0, *shape))
