"""Running networks on fixed-size chunks, each on one thread, so that an image never depends on its neighbours."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from typing import TypeVar

import torch

from tdot_core.models.threads import single_threaded_pool
from tdot_core.processors import processors
from tdot_core.services.compute.priority import stand_back

CHUNK = 16
CHUNKS = {"cpu": CHUNK, "mps": 64, "cuda": 512}
"""Images of one forward by kind of device: what two CPU cores share out evenly, and what keeps an accelerator busy. Fixed, since the
last bits of an image depend on it.
"""
AHEAD = 2
"""Chunks at once on an accelerator: the noise of one is drawn on the CPU, and its pixels rounded there, while another computes."""

A = TypeVar("A")
B = TypeVar("B")

_making = threading.Lock()


def worker_count() -> int:
    """Return how many chunks run at once: TDOT_THREADS, else the processors this process may use."""
    named = os.environ.get("TDOT_THREADS", "")
    if named.isdigit() and int(named) > 0:
        return int(named)
    return processors()


@cache
def _pool(count: int) -> ThreadPoolExecutor:
    # One pool of a size for the life of the process: a fresh thread's first forward is up to a tenth of a short request, and sessions
    # that draw at once then share the processors chunk by chunk, rather than each bringing threads of its own.
    # Float32 sums depend on how a kernel splits its work; one torch thread per chunk makes the bytes equal on every machine
    # of a kind, and needs no barrier that a busy neighbour could stall.
    return single_threaded_pool(count, "chunk", stand_back)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.cache_clear)  # a forked child has none of its parent's threads


def chunk_of(device: torch.device | str) -> int:
    """Return how many images a forward takes on this kind of device; fewer are filled up."""
    return CHUNKS.get(torch.device(device).type, CHUNK)


def run_chunks(
    function: Callable[[A], B], chunks: Iterable[A], device: torch.device | str = "cpu", workers: int | None = None
) -> Iterator[B]:
    """Yield function(chunk) in order, several chunks at once on the CPU, each on one torch thread.

    On an accelerator two are on their way, the device taking one after another. At most workers + 1 results wait to be consumed. An exception in a
    chunk is raised here; chunks not yet begun are dropped when the consumer stops. function must not call run_chunks.
    """
    count = AHEAD if torch.device(device).type != "cpu" else workers or worker_count()
    with _making:
        pool = _pool(count)
    waiting: deque[Future[B]] = deque()
    try:
        for chunk in chunks:
            waiting.append(pool.submit(function, chunk))
            if len(waiting) > count:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            if not future.cancel():
                with suppress(Exception):
                    future.result()
