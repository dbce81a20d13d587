"""Keeping a server quick for everybody: heavy threads stand back, and memory that is not needed is given back."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
import threading

DRAWING_NICENESS = 10
ARENAS, M_ARENA_MAX = 2, -8
SWITCH_SECONDS = 0.001


def calm_thread() -> None:
    """Let this thread, and those it starts, run after the threads that answer clicks; where the system knows no such thing, as before.

    On Linux a niceness is a thread's own, and inherited.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), DRAWING_NICENESS)


def calm_server() -> None:
    """Set up a server's process once: few heaps for many threads, and quick turns among Python's threads."""
    sys.setswitchinterval(SWITCH_SECONDS)
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").mallopt(M_ARENA_MAX, ARENAS)


def give_memory_back() -> None:
    """Return freed memory to the system after a large piece of work; glibc would keep it."""
    # Not Python's own collector, which would hold every page for its turn; what a drawing leaves holds no cycles.
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)
