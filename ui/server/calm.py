"""Keeping a server quick for everybody: heavy threads give way, and memory that is not needed is given back."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import sys

from tdot_core.services.compute.priority import compute_behind
from tdot_core.services.compute.turns import take_turns

DRAWING_NICENESS = 2
"""A shade behind the server's answers; beside two busy programs on two cores it still leaves drawing four tenths of the time."""
SCRIPT_THREAD = "ScriptRunner.scriptThread"
"""What Streamlit calls the threads that run a screen; each lives as long as its run."""
ARENAS, M_ARENA_MAX = 2, -8
SWITCH_SECONDS = 0.001
MANY_MODULES = 200

_settled = 0


def calm_server() -> None:
    """Set up a server's process once: few heaps, quick turns among Python's threads, and those that compute give way."""
    sys.setswitchinterval(SWITCH_SECONDS)
    compute_behind(DRAWING_NICENESS)
    take_turns(lambda thread: thread.name == SCRIPT_THREAD)
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").mallopt(M_ARENA_MAX, ARENAS)


def give_memory_back() -> None:
    """Return freed memory to the system after a large piece of work; glibc would keep it."""
    # Not Python's own collector, which would hold every page for its turn; what a drawing leaves holds no cycles.
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)


def settle_modules() -> None:
    """Take what was imported out of the garbage collector's rounds, once many modules have come since the last time.

    A full round over torch, pandas and plotly holds every session for a tenth of a second; imported code never becomes garbage.
    """
    global _settled
    if len(sys.modules) - _settled >= MANY_MODULES:
        _settled = len(sys.modules)
        gc.collect()
        gc.freeze()
