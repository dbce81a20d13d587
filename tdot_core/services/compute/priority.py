"""How far threads that compute stand back behind those that answer."""

from __future__ import annotations

import contextlib
import os
import sys
import threading

from tdot_core.services.compute.turns import begin_computing

_niceness = 0


def compute_behind(niceness: int) -> None:
    """Let the threads that will call `stand_back` run at a niceness (0..19, 0 as the process); a server sets it once."""
    global _niceness
    _niceness = niceness


def stand_back() -> None:
    """Mark this thread as computing: it gives way in turns, and it and those it starts take the niceness of computing; where the system knows no such thing, as before.

    On Linux a niceness is a thread's own, and inherited.
    """
    begin_computing()
    if _niceness and sys.platform == "linux":
        with contextlib.suppress(OSError):
            thread = threading.get_native_id()
            os.setpriority(os.PRIO_PROCESS, thread, max(_niceness, os.getpriority(os.PRIO_PROCESS, thread)))
