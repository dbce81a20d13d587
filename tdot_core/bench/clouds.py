"""Feature arrays to time metrics on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def cloud(n: int, d: int, seed: int, shift: float = 0.0) -> NDArray[np.float32]:
    """Return (n, d) correlated, non-negative features of mean near 0.4, as pooled ReLU outputs are."""
    random = np.random.default_rng(seed)
    mix = np.random.default_rng(d).normal(size=(d, d)).astype(np.float32) / np.float32(np.sqrt(d))
    features: NDArray[np.float32] = random.standard_normal((n, d), np.float32) @ mix
    features += np.float32(shift)
    return np.maximum(features, 0, out=features)
