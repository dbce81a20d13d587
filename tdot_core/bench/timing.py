"""Timing things against each other on a machine that is never quite idle."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypeVar

import torch

Work = Callable[[], object]
R = TypeVar("R")


def timed(work: Callable[[], R]) -> tuple[R, float]:
    """Return what one call gives, and the wall-clock seconds that it takes."""
    begun = time.perf_counter()
    result = work()
    return result, time.perf_counter() - begun


def seconds(work: Work) -> float:
    """Return the wall-clock seconds that one call takes."""
    return timed(work)[1]


def interleaved(works: Mapping[str, Work], repeats: int) -> dict[str, list[float]]:
    """Return the seconds of each work in `repeats` rounds; every round calls each once, in turning order.

    Interleaving lets a slow minute of the machine strike all alike; turning the order spares none the first place.
    """
    taken: dict[str, list[float]] = {name: [] for name in works}
    names = list(works)
    for k in range(repeats):
        for name in names[k % len(names) :] + names[: k % len(names)]:
            taken[name].append(seconds(works[name]))
    return taken


def median_ratio(numerator: Sequence[float], denominator: Sequence[float]) -> float:
    """Return the median over rounds of numerator / denominator."""
    return statistics.median(a / b for a, b in zip(numerator, denominator, strict=True))


@contextmanager
def torch_threads(n: int) -> Iterator[None]:
    """Compute on n torch threads inside the block."""
    before = torch.get_num_threads()
    torch.set_num_threads(n)
    try:
        yield
    finally:
        torch.set_num_threads(before)
