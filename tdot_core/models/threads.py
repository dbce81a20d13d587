"""Threads that each compute with one torch thread."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from threading import Barrier, BrokenBarrierError

import torch


def single_threaded_pool(count: int, name: str, begin: Callable[[], None] | None = None) -> ThreadPoolExecutor:
    """Return a pool whose `count` threads are running, each with one intra-op thread; the caller's number stays as it was.

    name: of the threads; begin: called once in each of them. Raises what begin raises, or RuntimeError where the system
    starts no more threads.
    """
    pool, all_here = ThreadPoolExecutor(count, thread_name_prefix=name), Barrier(count + 1)
    intra_op = torch.get_num_threads()

    def start() -> None:
        try:
            torch.get_num_threads()  # A thread's first use takes the process's number; only a later choice lasts.
            torch.set_num_threads(1)
            if begin is not None:
                begin()
            all_here.wait()
        except BaseException:
            all_here.abort()
            raise

    try:
        started = [pool.submit(start) for _ in range(count)]
        all_here.wait()
    except BrokenBarrierError:
        wait(started)
        errors = [error for one in started if (error := one.exception()) is not None]
        raise next(error for error in errors if not isinstance(error, BrokenBarrierError)) from None
    except BaseException:
        # Threads that wait for one which never starts would keep the process from ending.
        all_here.abort()
        raise
    finally:
        torch.set_num_threads(intra_op)
    return pool
