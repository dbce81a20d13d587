"""Counting network function evaluations where they happen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass
class Nfe:
    """Count forwards: `forwards` calls, `images` the sum of their batch sizes."""

    forwards: int = 0
    images: int = 0


_current: ContextVar[Nfe | None] = ContextVar("nfe", default=None)


@contextmanager
def count_nfe() -> Iterator[Nfe]:
    """Count every denoiser forward inside the block, in this thread and context only."""
    counter = Nfe()
    token = _current.set(counter)
    try:
        yield counter
    finally:
        _current.reset(token)


def record_forward(n: int) -> None:
    """Add one forward of n images to the counter in force; the network itself calls this."""
    counter = _current.get()
    if counter is not None:
        counter.forwards += 1
        counter.images += n
