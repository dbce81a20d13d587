"""Drawing beside the page, so that a click ends it within a step instead of within a chunk."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tdot_core.services.loading import LoadedNet, LoadedPrior
    from tdot_core.services.sampling import SampleChunk, SampleSettings

TICK = 0.2


def stream(
    priors: Sequence[LoadedPrior], net: LoadedNet, settings: SampleSettings, *, frames: int, device: str = "auto"
) -> Iterator[SampleChunk | None]:
    """Yield the chunks of `generate` as they end, and None every fifth of a second between them.

    A page that shows something at each None can be interrupted there; closing the iterator stops the drawing. Errors of
    `generate` are raised here.
    """
    stopped = threading.Event()
    results: queue.Queue[SampleChunk | BaseException | None] = queue.Queue()
    work = threading.Thread(
        target=_produce, args=(priors, net, settings, frames, device, results, stopped), daemon=True, name="draw"
    )
    work.start()
    try:
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
    finally:
        stopped.set()


def _produce(
    priors: Sequence[LoadedPrior], net: LoadedNet, settings: SampleSettings, frames: int, device: str,
    results: queue.Queue[SampleChunk | BaseException | None], stopped: threading.Event,
) -> None:  # fmt: skip
    from tdot_core.services.device import find_device
    from tdot_core.services.sampling import generate

    try:
        for chunk in generate(priors, net, settings, device=find_device(device), frames=frames, stopped=stopped):
            results.put(chunk)
        results.put(None)
    except BaseException as error:
        results.put(error)
