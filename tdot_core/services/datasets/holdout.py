"""Holding out test images when a collection has no test folder."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def pick_test_images(digests: Sequence[bytes], fraction: float) -> np.ndarray:
    """Return which images are held out as the test split, bool (n,): those with the smallest content hashes.

    digests: SHA-256 of each image; fraction: from 0 and below 1; 0 holds out none. Else at least one image of two or more; a picture that is
    there twice falls wholly on one side, so that no test picture was trained on (unless all are the same picture).
    Deterministic, without a random number.
    """
    n = len(digests)
    chosen = np.zeros(n, dtype=bool)
    if n < 2 or fraction == 0:
        return chosen
    order = sorted(range(n), key=lambda i: (digests[i], i))
    count = min(max(1, round(fraction * n)), n - 1)
    last = digests[order[count - 1]]
    whole = [i for i in order if digests[i] <= last]
    chosen[whole if len(whole) < n else order[:count]] = True
    return chosen
