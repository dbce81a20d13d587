"""Threads that each compute with one torch thread."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import torch


def single_threaded_pool(count: int, name: str, begin: Callable[[], None] | None = None) -> ThreadPoolExecutor:
    """Return a pool whose `count` threads are running, each with one intra-op thread; the caller's number stays as it was.

    name: of the threads; begin: called once in each of them.
    """
    pool, all_here = ThreadPoolExecutor(count, thread_name_prefix=name), Barrier(count + 1)
    intra_op = torch.get_num_threads()

    def start() -> None:
        torch.get_num_threads()  # A thread's first use takes the process's number; only a later choice lasts.
        torch.set_num_threads(1)
        if begin is not None:
            begin()
        all_here.wait()

    for _ in range(count):
        pool.submit(start)
    all_here.wait()
    torch.set_num_threads(intra_op)
    return pool
