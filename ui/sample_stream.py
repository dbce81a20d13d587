"""Drawing beside the page, one request at a time, so that a click ends it within a step instead of within a chunk."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tdot_core.services.priority import stand_back
from ui.calm import give_memory_back
from ui.sample_queue import drawing_line

if TYPE_CHECKING:
    from tdot_core.services.loading import LoadedNet, LoadedPrior
    from tdot_core.services.sampling import SampleChunk, SampleSettings

TICK = 0.2


@dataclass(frozen=True)
class Waiting:
    """Say that others are drawn first. ahead: how many requests."""

    ahead: int


def stream(
    priors: Sequence[LoadedPrior], net: LoadedNet, settings: SampleSettings, *, frames: int, device: str = "auto"
) -> Iterator[SampleChunk | Waiting | None]:
    """Yield the chunks of `generate` as they end; before its turn Waiting, and None every fifth of a second between chunks.

    A page that shows something at each of them can be interrupted there; closing the iterator leaves the line, or stops the
    drawing. Errors of `generate` are raised here.
    """
    line = drawing_line()
    ticket = line.enter()
    stopped = threading.Event()
    results: queue.Queue[SampleChunk | BaseException | None] = queue.Queue()

    def work() -> None:
        try:
            _produce(priors, net, settings, frames, device, results, stopped)
        finally:
            line.leave(ticket)

    begun = False
    try:
        while ahead := line.place(ticket):
            yield Waiting(ahead)
            time.sleep(TICK)
        begun = _begin(work)
        yield from _results(results)
    finally:
        stopped.set()
        if not begun:
            line.leave(ticket)


def _begin(work: Callable[[], None]) -> bool:
    threading.Thread(target=work, daemon=True, name="draw").start()
    return True


def _results(results: queue.Queue[SampleChunk | BaseException | None]) -> Iterator[SampleChunk | None]:
    while True:
        try:
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
    priors: Sequence[LoadedPrior], net: LoadedNet, settings: SampleSettings, frames: int, device: str,
    results: queue.Queue[SampleChunk | BaseException | None], stopped: threading.Event,
) -> None:  # fmt: skip
    from tdot_core.services.device import find_device
    from tdot_core.services.sampling import generate

    stand_back()
    try:
        for chunk in generate(priors, net, settings, device=find_device(device), frames=frames, stopped=stopped):
            results.put(chunk)
        results.put(None)
    except BaseException as error:
        results.put(error)
    finally:
        give_memory_back()
