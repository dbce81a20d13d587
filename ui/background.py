"""Doing slow work beside the page, so that Cancel takes effect at once."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator
from typing import Any, TypeVar

from tdot_core.progress import Progress
from tdot_core.services.compute.priority import stand_back
from tdot_core.services.compute.turns import resting

T = TypeVar("T")

TICK = 0.2


def do(work: Generator[Progress, None, T], show: Callable[[Progress], object]) -> T:
    """Run work to its end in a thread, showing its latest record five times a second, and return what it returns.

    A page that Streamlit interrupts at `show` leaves the work, which then ends at its next record. Errors of the work are
    raised here.
    """
    left, latest = threading.Event(), [Progress(0, 0, {}, "starting")]
    outcome: queue.Queue[tuple[bool, Any]] = queue.Queue()
    threading.Thread(target=_run, args=(work, left, latest, outcome), daemon=True, name="features").start()
    try:
        while True:
            show(latest[0])
            try:
                with resting():
                    fine, value = outcome.get(timeout=TICK)
            except queue.Empty:
                continue
            if not fine:
                raise value
            return value  # type: ignore[no-any-return]
    finally:
        left.set()


def _run(
    work: Generator[Progress, None, Any],
    left: threading.Event,
    latest: list[Progress],
    outcome: queue.Queue[tuple[bool, Any]],
) -> None:
    stand_back()
    try:
        while not left.is_set():
            try:
                latest[0] = next(work)
            except StopIteration as stop:
                outcome.put((True, stop.value))
                return
        work.close()
    except BaseException as error:
        outcome.put((False, error))
