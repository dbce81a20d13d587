"""Drawing beside the page, one request at a time, so that a click ends it within a step instead of within a chunk."""

from __future__ import annotations

import itertools
import queue
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

import streamlit as st

from tdot_core.services.compute.priority import stand_back
from tdot_core.services.compute.turns import resting
from ui.server.calm import give_memory_back
from ui.server.pace import calls_of, pace

if TYPE_CHECKING:
    from tdot_core.services.sampling.generate import Order, SampleChunk

TICK = 0.2


@dataclass(frozen=True)
class Waiting:
    """Say that others are drawn first. ahead: how many requests; seconds: how long they take, None where not measured."""

    ahead: int
    seconds: float | None = None


def stream(
    orders: Sequence[Order], *, frames: int, device: str = "auto"
) -> Generator[SampleChunk | Waiting | None, None, None]:
    """Yield the chunks of `generate_orders` as they end; before its turn Waiting, and None every fifth of a second between chunks.

    A page that shows something at each of them can be interrupted there; closing the iterator leaves the line, or stops the
    drawing. Errors of `generate_orders` are raised here.
    """
    line = drawing_line()
    ticket = line.enter(_seconds(orders))
    stopped = threading.Event()
    results: queue.Queue[SampleChunk | BaseException | None] = queue.Queue()

    def work() -> None:
        try:
            _produce(orders, frames, device, results, stopped)
        finally:
            line.leave(ticket)

    begun = False
    try:
        while ahead := line.place(ticket):
            yield Waiting(ahead, line.wait(ticket))
            with resting():
                time.sleep(TICK)
        begun = _begin(work)
        yield from _results(results)
    finally:
        stopped.set()
        if not begun:
            line.leave(ticket)


def _seconds(orders: Sequence[Order]) -> float | None:
    each = [pace().drawing(order, calls_of(order)) for order in orders]
    return None if None in each else sum(seconds for seconds in each if seconds is not None)


def _begin(work: Callable[[], None]) -> bool:
    threading.Thread(target=work, daemon=True, name="draw").start()
    return True


def _results(results: queue.Queue[SampleChunk | BaseException | None]) -> Iterator[SampleChunk | None]:
    while True:
        try:
            with resting():
                item = results.get(timeout=TICK)
        except queue.Empty:
            yield None
            continue
        if item is None:
            return
        if isinstance(item, BaseException):
            raise item
        yield item


def _produce(
    orders: Sequence[Order],
    frames: int,
    device: str,
    results: queue.Queue[SampleChunk | BaseException | None],
    stopped: threading.Event,
) -> None:
    from tdot_core.services.compute.device import find_device
    from tdot_core.services.sampling.generate import generate_orders

    stand_back()
    try:
        for chunk in generate_orders(orders, device=find_device(device), frames=frames, stopped=stopped):
            results.put(chunk)
        results.put(None)
    except BaseException as error:
        results.put(error)
    finally:
        give_memory_back()


class Line:
    """Keep tickets in their order, and how long each will take. Safe for several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._tickets: dict[object, float | None] = {}
        self._begun = time.monotonic()

    def enter(self, seconds: float | None = None) -> object:
        """Join the line and return a ticket. seconds: how long it will take, None where nobody knows."""
        ticket = object()
        with self._lock:
            if not self._tickets:
                self._begun = time.monotonic()
            self._tickets[ticket] = seconds
        return ticket

    def place(self, ticket: object) -> int:
        """Return how many are ahead: 0 when it is this ticket's turn, or when it left."""
        with self._lock:
            return list(self._tickets).index(ticket) if ticket in self._tickets else 0

    def wait(self, ticket: object) -> float | None:
        """Return the seconds until this ticket's turn, None where one of those ahead is not measured."""
        with self._lock:
            ahead = list(itertools.takewhile(lambda one: one is not ticket, self._tickets))
            known = [seconds for one in ahead if (seconds := self._tickets[one]) is not None]
            spent = time.monotonic() - self._begun
        return max(sum(known) - min(spent, *known[:1]), 0.0) if known and len(known) == len(ahead) else None

    def leave(self, ticket: object) -> None:
        """Leave the line; may be called twice."""
        with self._lock:
            if next(iter(self._tickets), None) is ticket:
                self._begun = time.monotonic()
            self._tickets.pop(ticket, None)


@st.cache_resource(max_entries=1, show_spinner=False)
def drawing_line() -> Line:
    """Return the one line of this server."""
    return Line()
