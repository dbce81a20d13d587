"""Feature arrays for metric tests, and brute-force answers in float64 that share no code with the metrics."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]


def cloud(n: int, d: int, seed: int, shift: float = 0.0) -> NDArray[np.float32]:
    """Return n correlated, non-negative features with a large mean, as pooled ReLU outputs have."""
    random = np.random.default_rng(seed)
    mix = np.random.default_rng(d).normal(size=(d, d)) / np.sqrt(d)
    return np.maximum(random.normal(size=(n, d)) @ mix + 1.0 + shift, 0).astype(np.float32)


def distances(x: Array, y: Array) -> NDArray[np.float64]:
    """Return every Euclidean distance (n, m), from differences in float64."""
    return np.sqrt(((x[:, None].astype(np.float64) - y[None].astype(np.float64)) ** 2).sum(-1))


def ball_radii(x: Array, k: int) -> NDArray[np.float64]:
    """Return the distance from each row to its k-th neighbour, itself not counted, shape (n,)."""
    return np.sort(distances(x, x), axis=1)[:, k]
