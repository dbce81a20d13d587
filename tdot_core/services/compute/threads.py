"""A fixed number of threads for arithmetic whose last bits depend on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from threadpoolctl import threadpool_limits


@contextmanager
def fixed_threads(n: int) -> Iterator[None]:
    """Let torch, BLAS and OpenMP compute on n threads inside the block, however many processors there are.

    Sums are split by thread, so that a training, a covariance or an eigenvalue differs in its last bits with their number.
    """
    before = torch.get_num_threads()
    with threadpool_limits(n):
        torch.set_num_threads(n)
        try:
            yield
        finally:
            torch.set_num_threads(before)
