"""Running networks on fixed-size chunks, each on one thread, so that an image never depends on its neighbours."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import torch

CHUNK = 16

A = TypeVar("A")
B = TypeVar("B")


def worker_count() -> int:
    """Return how many chunks run at once: TDOT_THREADS, else the processors this process may use."""
    named = os.environ.get("TDOT_THREADS", "")
    if named.isdigit() and int(named) > 0:
        return int(named)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _one_thread() -> None:
    # Float32 sums depend on how a kernel splits its work; one thread per chunk makes the bytes equal on every machine
    # of a kind, and needs no barrier that a busy neighbour could stall.
    torch.set_num_threads(1)


def run_chunks(
    function: Callable[[A], B], chunks: Iterable[A], device: torch.device | str = "cpu", workers: int | None = None
) -> Iterator[B]:
    """Yield function(chunk) in order, several chunks at once on the CPU, each on one torch thread.

    On an accelerator chunks run one after another. At most workers + 1 results wait to be consumed. An exception in a
    chunk is raised here; chunks not yet begun are dropped when the consumer stops.
    """
    count = 1 if torch.device(device).type != "cpu" else workers or worker_count()
    intra_op = torch.get_num_threads()
    pool = ThreadPoolExecutor(count, thread_name_prefix="chunk", initializer=_one_thread)
    waiting: deque[Future[B]] = deque()
    try:
        for chunk in chunks:
            waiting.append(pool.submit(function, chunk))
            if len(waiting) > count:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        torch.set_num_threads(intra_op)
