"""Drawn images of one prior each, kept for all sessions under what they are made of."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import streamlit as st

if TYPE_CHECKING:
    from tdot_core.services.sampling.generate import SampleChunk, SampleSettings
    from tdot_core.services.sampling.loading import LoadedNet, LoadedPrior

MAX_BYTES = 64 * 2**20
MAX_REQUESTS = 4096

Images = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Drawn:
    """What one prior gave, at least one chunk. Equal only to itself.

    note: a sentence about these images, or nothing; shipped: they came with TDOT, without the states before them.
    """

    chunks: tuple[SampleChunk, ...]
    note: str = ""
    shipped: bool = False

    @property
    def n(self) -> int:
        """Return the number of images."""
        return sum(len(chunk.seeds) for chunk in self.chunks)

    @property
    def frame_ts(self) -> tuple[int, ...]:
        """Return the t of every kept state, t* first and 0 last."""
        return self.chunks[0].frame_ts

    def at(self, k: int) -> Images:
        """Return state k of the kept ones of every image, (n, 32, 32, 3) uint8; -1 is the result."""
        return np.concatenate([chunk.images if chunk.frames is None else chunk.frames[k] for chunk in self.chunks])

    @property
    def seconds(self) -> tuple[float, float]:
        """Return seconds per image of the prior and of the chain."""
        return (sum(c.seconds_prior for c in self.chunks) / self.n, sum(c.seconds_chain for c in self.chunks) / self.n)

    @property
    def n_bytes(self) -> int:
        """Return the bytes that the images take."""
        return sum(
            images.nbytes
            for c in self.chunks
            for images in (c.images, c.start, c.frames, c.x0_hats)
            if images is not None
        )

    def x0_hat(self, k: int) -> Images:
        """Return the clean image that the network implied at state k, not the last, of every image, (n, 32, 32, 3) uint8."""
        return np.concatenate([chunk.x0_hats[k] for chunk in self.chunks if chunk.x0_hats is not None])


class SampleStore:
    """Keep what was drawn, the least recently used going first beyond max_bytes. Safe for several threads.

    A second key, what was asked for (names and file stamps), leads to the first, what it was made of (content hashes), so
    that an unchanged choice comes back without loading a model.
    """

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes, self._lock = max_bytes, Lock()
        self._kept: OrderedDict[str, Drawn] = OrderedDict()
        self._asked: OrderedDict[str, str] = OrderedDict()

    def recall(self, asked: str) -> Drawn | None:
        """Return what an earlier request of the same text led to, if it is still kept."""
        with self._lock:
            known = self._asked.get(asked)
        return None if known is None else self.get(known)

    def remember(self, asked: str, made_of: str) -> None:
        """Note that a request led to images made of this."""
        with self._lock:
            self._asked[asked] = made_of
            self._asked.move_to_end(asked)
            while len(self._asked) > MAX_REQUESTS:
                self._asked.popitem(last=False)

    def get(self, made_of: str) -> Drawn | None:
        """Return what is kept under made_of, or None."""
        with self._lock:
            if made_of in self._kept:
                self._kept.move_to_end(made_of)
            return self._kept.get(made_of)

    def put(self, made_of: str, chunks: Sequence[SampleChunk], note: str = "") -> Drawn:
        """Keep the chunks of one prior and return them together."""
        drawn = Drawn(tuple(chunks), note)
        with self._lock:
            self._kept[made_of] = drawn
            self._kept.move_to_end(made_of)
            while len(self._kept) > 1 and sum(d.n_bytes for d in self._kept.values()) > self._max_bytes:
                self._kept.popitem(last=False)
        return drawn


def made_of(prior: LoadedPrior, net: LoadedNet, settings: SampleSettings, frames: int) -> str:
    """Return what one prior's images depend on, by content: fingerprints and settings, never names."""
    return f"{prior.fingerprint} {net.fingerprint} {net.schedule.T} {sorted(settings.document().items())} {frames}"


@st.cache_resource(max_entries=1, show_spinner=False)
def sample_store() -> SampleStore:
    """Return the one store of this server."""
    return SampleStore()
