"""Turns between threads that answer a reader and threads that compute: these pause while those work, but never for long.

A niceness cannot say this: it stands back behind every program of the machine, and a thread cannot take it back.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

LONGEST, NAP = 0.25, 0.001


class _Own(threading.local):
    computes = False
    begun = 0.0
    credit = 0.0


_own = _Own()
_resting: set[int] = set()
_answers: Callable[[threading.Thread], bool] | None = None


def take_turns(answers: Callable[[threading.Thread], bool] | None) -> None:
    """Have computing threads give way to those for which answers(thread) is true; None to nobody. A server sets it once."""
    global _answers
    _answers = answers


def begin_computing() -> None:
    """Mark this thread as one that gives way."""
    _own.computes, _own.begun, _own.credit = True, time.perf_counter(), LONGEST


@contextmanager
def resting() -> Iterator[None]:
    """Say that this thread answers nobody for the moment: it waits for what others compute."""
    me = threading.get_ident()
    _resting.add(me)
    try:
        yield
    finally:
        _resting.discard(me)


def somebody_answers() -> bool:
    """Return whether a thread is at work for a reader who waits."""
    answers = _answers
    if answers is None:
        return False
    return any(answers(thread) and thread.ident not in _resting for thread in threading.enumerate())


def give_way(*_: Any) -> None:
    """Pause this thread while somebody answers, at most as long as it has computed since, and a quarter of a second at once.

    So computing keeps at least half of the time whatever readers do. Cheap enough for every layer of a network; takes and
    ignores what a forward hook is given.
    """
    if not _own.computes or _answers is None:
        return
    now = time.perf_counter()
    _own.credit = min(_own.credit + now - _own.begun, LONGEST)
    _own.begun = now
    while _own.credit > 0 and somebody_answers():
        time.sleep(NAP)
        _own.credit -= time.perf_counter() - _own.begun
        _own.begun = time.perf_counter()
