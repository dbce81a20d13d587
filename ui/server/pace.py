"""How long drawing takes on this machine, measured from what was drawn, so that a wait can say how long."""

from __future__ import annotations

import contextlib
import math
from collections import deque
from pathlib import Path
from statistics import median
from threading import Lock
from typing import TYPE_CHECKING

import streamlit as st

from tdot_core.errors import TdotError
from tdot_core.services.storage.files import read_json, write_json
from tdot_core.services.storage.paths import cache_root

if TYPE_CHECKING:
    from tdot_core.services.sampling.generate import Order

LOADING = "loading"
LAST = 9


class Pace:
    """Keep the last seconds of each kind of work, and their medians in a file for the next start. Safe for several threads.

    What is measured: one forward of a chunk under a denoiser's fingerprint; its share of an image under `call_of` the stamp of the
    denoiser's file; and LOADING, all models of a screen.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._lock = path, Lock()
        self._seconds: dict[str, deque[float]] = {}
        with contextlib.suppress(TdotError):
            for name, value in read_json(path).items():
                if isinstance(value, int | float) and 0 < value < math.inf:
                    self._seconds[name] = deque([float(value)], LAST)

    def note(self, name: str, seconds: float) -> None:
        """Note how long a piece of work just took."""
        with self._lock:
            self._seconds.setdefault(name, deque(maxlen=LAST)).append(seconds)

    def seconds(self, name: str) -> float | None:
        """Return how long such a piece takes, the median of the last, or None when none was measured."""
        with self._lock:
            return median(self._seconds[name]) if name in self._seconds else None

    def keep(self) -> None:
        """Write the medians down; a disk that takes nothing is left alone."""
        with self._lock:
            kept = {name: median(values) for name, values in self._seconds.items()}
        with contextlib.suppress(OSError):
            write_json(self._path, kept)

    def drawing(self, order: Order, calls: float) -> float | None:
        """Return the seconds that so many forwards of chunks take with an order's denoiser on this server's workers."""
        from tdot_core.services.compute.chunks import worker_count

        one = self.seconds(order.net.fingerprint)
        return None if one is None else one * max(calls / worker_count(), min(calls, calls_of_a_chunk(order)))


def call_of(stamp: str) -> str:
    """Return what a forward per image goes by for whoever has not loaded the denoiser. stamp: `cached.stamp`'s."""
    return f"call {stamp}"


def calls_of_a_chunk(order: Order) -> int:
    """Return the denoiser forwards of one chunk of an order."""
    from tdot_core.maths.samplers import samplers

    return samplers.get(order.settings.sampler)().calls(order.settings.n_steps)


def calls_of(order: Order) -> int:
    """Return the denoiser forwards of all chunks of an order."""
    from tdot_core.services.compute.chunks import chunk_of

    return calls_of_a_chunk(order) * -(-order.settings.n // chunk_of(order.prior.prior.device))


@st.cache_resource(max_entries=1, show_spinner=False)
def pace() -> Pace:
    """Return the one measure of this server."""
    return Pace(cache_root() / "pace.json")
