"""How many processors there are to compute on."""

from __future__ import annotations

import os

FEW = 4


def processors() -> int:
    """Return how many processors this process may use, at least 1."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def worker_processors() -> int:
    """Return how many of them a worker uses: where there are few, one is left to the screens."""
    count = processors()
    return max(1, count - 1 if count <= FEW else count)
