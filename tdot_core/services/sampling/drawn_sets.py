"""Generated images on disk under the hash of all that they depend on, so that a new metric needs no new sampling.

A set holds every smaller one from the same first seed, and begins every larger one: an image depends on its seed alone.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from statistics import median
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import torch

from tdot_core.errors import TdotError
from tdot_core.progress import Progress, finish
from tdot_core.services.compute.chunks import chunk_of
from tdot_core.services.compute.hardware import placed_on
from tdot_core.services.sampling.archive import sample_spec
from tdot_core.services.sampling.generate import SampleChunk, SampleSettings, generate
from tdot_core.services.sampling.loading import LoadedNet, LoadedPrior
from tdot_core.services.storage.cache import note_use
from tdot_core.services.storage.files import read_json, write_atomically, write_json
from tdot_core.services.storage.locks import lock
from tdot_core.services.storage.paths import cache_root

IMAGE, IMAGE_BYTES = (32, 32, 3), 32 * 32 * 3
WAIT_SECONDS = 0.5


@dataclass(frozen=True)
class Effort:
    """Say what an image cost: network forwards, and seconds (median over chunks) on one of the parallel workers when it was drawn."""

    nfe: int
    nfe_prior: int
    seconds_prior: float
    seconds_chain: float


@dataclass(frozen=True)
class Draw:
    """A set of images to draw, or drawn before: one prior, one denoiser, one range of seeds."""

    prior: LoadedPrior
    net: LoadedNet
    settings: SampleSettings
    device: torch.device

    @property
    def key(self) -> str:
        """Return the hash of everything the bytes of the images depend on."""
        spec = sample_spec([self.prior], self.net, self.settings)
        return hashlib.sha256(json.dumps([spec, placed_on(self.device)], sort_keys=True).encode()).hexdigest()[:32]

    @cached_property
    def _stem(self) -> str:
        spec = sample_spec([self.prior], self.net, self.settings)
        facts = [{name: value for name, value in spec.items() if name != "n"}, placed_on(self.device)]
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:32]

    def _path(self, suffix: str, n: int | None = None) -> Path:
        return cache_root() / "samples" / f"{self._stem}-{n or self.settings.n}{suffix}"

    def _finished(self) -> list[int]:
        """Return the sizes of the sets on disk that begin with the same image, in order."""
        names = (path.stem.rpartition("-")[2] for path in self._path("").parent.glob(f"{self._stem}-*.npy"))
        return sorted(int(name) for name in names if name.isdigit())

    def _whole(self, n: int) -> tuple[npt.NDArray[np.uint8], Effort] | None:
        try:
            images = np.load(self._path(".npy", n), mmap_mode="r", allow_pickle=False)
            effort = Effort(**read_json(self._path(".json", n)))
        except (OSError, ValueError, TypeError, EOFError, TdotError):
            return None
        return (images, effort) if images.shape == (n, *IMAGE) and images.dtype == np.uint8 else None

    def cached(self) -> tuple[npt.NDArray[np.uint8], Effort] | None:
        """Return the images (n, 32, 32, 3), memory-mapped, and what they cost, or None when they are not whole on disk."""
        for n in self._finished():
            if n >= self.settings.n and (found := self._whole(n)) is not None:
                note_use(self._path(".npy", n))
                return found[0][: self.settings.n], found[1]
        return None

    def make(self) -> Generator[Progress, None, tuple[npt.NDArray[np.uint8], Effort]]:
        """Return the images and their cost, from disk or drawn now; what a stopped attempt drew is kept and continued.

        Another process that draws the same set is waited for. Raises TdotError when the prior cannot serve or the disk
        is full.
        """
        n = self.settings.n
        try:
            self._path("").parent.mkdir(parents=True, exist_ok=True)
            with self._path(".lock").open("ab") as file:
                while self.cached() is None and not lock(file):
                    yield Progress(0, n, {}, "waiting for the same images in another process")
                    time.sleep(WAIT_SECONDS)
                if self.cached() is None:
                    yield from self._draw()
        except OSError as error:
            raise _full(error) from error
        found = self.cached()
        assert found is not None
        yield Progress(n, n, {}, "sampling")
        return found

    def join(self, blocks: Sequence[Draw]) -> None:
        """Make the set of blocks that follow each other by seed, drawing those that are not on disk; equal bytes to `make`.

        Raises TdotError as `make` does.
        """
        if self.cached() is not None:
            return
        made = [finish(block.make()) for block in blocks]
        costs = [effort for _, effort in made]
        seconds = [median(getattr(cost, name) for cost in costs) for name in ("seconds_prior", "seconds_chain")]
        try:
            write_json(self._path(".json"), asdict(Effort(costs[0].nfe, costs[0].nfe_prior, *seconds)))
            write_atomically(self._path(".npy"), lambda path: _write(path, [images for images, _ in made]))
        except OSError as error:
            raise _full(error) from error

    def _draw(self) -> Iterator[Progress]:
        n, part, cost = self.settings.n, self._path(".part"), _Cost(chunk_of(self.device))
        if not part.exists():
            self._begin(part)
        _ = self.net.net  # built now, by one thread, when it was waiting
        with _opened(part, n, chunk_of(self.device)) as (file, done):
            rest = replace(self.settings, seed=self.settings.seed + done, n=n - done)
            for chunk in generate([self.prior], self.net, rest, device=self.device):
                file.write(chunk.images.tobytes())
                cost.add(chunk)
                done += len(chunk.seeds)
                yield Progress(done, n, {}, "sampling")
            file.flush()
            os.fsync(file.fileno())
        write_json(self._path(".json"), asdict(cost.effort()))
        part.replace(self._path(".npy"))

    def _begin(self, part: Path) -> None:
        """Begin with the images of the largest smaller set that is there."""
        smaller = [found[0] for n in self._finished() if n < self.settings.n and (found := self._whole(n)) is not None]
        if smaller:
            with part.open("wb") as file:
                file.write(_header(self.settings.n))
                file.write(smaller[-1].tobytes())


class _Cost:
    """Chunks are filled up to one size, so their median time is the usual one, whatever else the machine did meanwhile."""

    def __init__(self, chunk: int) -> None:
        self.chunk = chunk
        self.nfe = (0, 0)
        self.prior: list[float] = []
        self.chain: list[float] = []

    def add(self, chunk: SampleChunk) -> None:
        self.prior.append(chunk.seconds_prior)
        self.chain.append(chunk.seconds_chain)
        self.nfe = chunk.nfe, chunk.nfe_prior

    def effort(self) -> Effort:
        return Effort(*self.nfe, median(self.prior) / self.chunk, median(self.chain) / self.chunk)


@contextmanager
def _opened(part: Path, n: int, chunk: int) -> Iterator[tuple[BinaryIO, int]]:
    """Give a file that is an npy once n images are appended, positioned after the whole chunks it holds, and their number.

    The last chunk is always left to draw, so that there is a time to report. Plain writes, not a memory map: on a full
    disk they fail with an error, where a map kills the process.
    """
    with part.open("ab+") as file:
        size = file.seek(0, os.SEEK_END)
        header = _header(n)
        file.seek(0)
        whole = file.read(len(header)) == header
        done = (size - len(header)) // IMAGE_BYTES // chunk * chunk if whole else 0
        done = max(0, min(done, (n - 1) // chunk * chunk))
        file.truncate(len(header) + done * IMAGE_BYTES if whole else 0)
        if not whole:
            file.write(header)
        yield file, done


def _full(error: OSError) -> TdotError:
    return TdotError(f"The images could not be kept ({error.strerror}). Free space, or point TDOT_CACHE elsewhere.")


def _write(path: Path, blocks: Sequence[npt.NDArray[np.uint8]]) -> None:
    with path.open("wb") as file:
        file.write(_header(sum(map(len, blocks))))
        for block in blocks:
            file.write(block.tobytes())


def _header(n: int) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, {"descr": "|u1", "fortran_order": False, "shape": (n, *IMAGE)})
    return buffer.getvalue()
