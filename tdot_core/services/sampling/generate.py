"""The sampling service: priors, a denoiser and settings in; images, trajectories, NFE and seconds out."""

from __future__ import annotations

import copy
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from tdot_core.errors import TdotError
from tdot_core.maths.chain import ChainState, sampler_eta, walk
from tdot_core.maths.forward import lift
from tdot_core.maths.grid import UNIFORM, kept_steps, time_grid
from tdot_core.maths.quantise import to_uint8
from tdot_core.maths.samplers import samplers
from tdot_core.maths.schedule import NoiseSchedule
from tdot_core.maths.streams import MAX_SEED, normal, step_noise
from tdot_core.models.nfe import count_nfe
from tdot_core.priors.base import IMAGE_SHAPE
from tdot_core.services.compute.chunks import chunk_of, run_chunks, worker_count
from tdot_core.services.sampling.loading import LoadedNet, LoadedPrior

Images = npt.NDArray[np.uint8]


class Stopped(Exception):
    """End a chunk that nobody waits for any more."""


@dataclass(frozen=True)
class SampleSettings:
    """Say what to draw: image seeds seed..seed+n-1, started at t_star, walked in n_steps with a sampler.

    sampler, grid: keys of maths/samplers and maths/grids; eta: only for ddim, 0..1, None for the sampler's own; clip_x0:
    clamp x0_hat.
    """

    t_star: int
    n_steps: int
    sampler: str = "ddim"
    eta: float | None = None
    seed: int = 0
    n: int = 16
    clip_x0: bool = True
    grid: str = UNIFORM

    @property
    def seeds(self) -> range:
        """Return the image seeds."""
        return range(self.seed, self.seed + self.n)

    def check(self, schedule: NoiseSchedule) -> None:
        """Raise TdotError for the first setting out of its range."""
        schedule.check_t(self.t_star)
        time_grid(self.t_star, self.n_steps, self.grid, schedule)
        sampler_eta(self.sampler, self.eta)
        if self.eta is not None and not samplers.get(self.sampler).takes_eta:
            raise TdotError(f"eta is a setting of the ddim sampler; {self.sampler} has its own. Leave it out.")
        if self.eta is not None and not 0 <= self.eta <= 1:
            raise TdotError(f"eta must be from 0 (deterministic) to 1 (ancestral), found {self.eta}.")
        if self.n < 1:
            raise TdotError(f"The number of images must be at least 1, found {self.n}.")
        if not 0 <= self.seed <= MAX_SEED - self.n:
            raise TdotError(f"seed must be from 0 to {MAX_SEED - self.n}, found {self.seed}.")

    def document(self) -> dict[str, Any]:
        """Return the settings as plain values, eta resolved; the uniform grid, which was once the only one, goes without saying."""
        return {
            "t_star": self.t_star,
            "n_steps": self.n_steps,
            "sampler": self.sampler,
            "eta": sampler_eta(self.sampler, self.eta),
            "seed": self.seed,
            "n": self.n,
            "clip_x0": self.clip_x0,
            **({} if self.grid == UNIFORM else {"grid": self.grid}),
        }


@dataclass(frozen=True)
class SampleChunk:
    """Images of one prior for some seeds.

    prior: the LoadedPrior's id; images, start: (n, 32, 32, 3) uint8, the results and the quantised x_{t*}; frames:
    (k, n, 32, 32, 3) uint8 of the chain's states at frame_ts (t* first, 0 last), or None; nfe, nfe_prior: network forwards per
    image; seconds_prior, seconds_chain: wall-clock seconds this chunk took, on one of the parallel workers; x0_hats:
    (k - 1, n, 32, 32, 3) uint8 of the clean images that the network implied (last, where a step takes several calls) at every
    frame but the result, or None.
    """

    prior: str
    seeds: tuple[int, ...]
    images: Images
    start: Images
    frames: Images | None
    frame_ts: tuple[int, ...]
    nfe: int
    nfe_prior: int
    seconds_prior: float
    seconds_chain: float
    x0_hats: Images | None = None


def check_priors(priors: Sequence[LoadedPrior], net: LoadedNet, settings: SampleSettings) -> None:
    """Raise TdotError when a setting is out of range, or a prior cannot serve t_star or the denoiser's schedule."""
    settings.check(net.schedule)
    for loaded in priors:
        _under(loaded, net.schedule)
        if settings.t_star < loaded.lowest_t:
            raise TdotError(
                f"{loaded.label} was trained at t = {loaded.t_train} and can only be lifted to larger steps: "
                f"t_star = {settings.t_star} is below. Choose t_star >= {loaded.t_train}, or train it at {settings.t_star}."
            )


def _under(loaded: LoadedPrior, schedule: NoiseSchedule) -> LoadedPrior:
    # A copy, because screens share one loaded prior among sessions whose denoisers may differ.
    if loaded.prior.schedule == schedule:
        return loaded
    prior = copy.copy(loaded.prior)
    prior.use_schedule(schedule)
    return replace(loaded, prior=prior)


def draw_start(loaded: LoadedPrior, seeds: Sequence[int], t_star: int, schedule: NoiseSchedule) -> Tensor:
    """Return x_{t*} of a prior, (n, 3, 32, 32) float32 on the CPU: drawn at t*, or at t_train and lifted."""
    loaded = _under(loaded, schedule)
    if loaded.prior.any_t:
        return loaded.prior.sample(seeds, t_star)
    x_s = loaded.prior.sample(seeds, loaded.prior.t_train)
    if loaded.prior.t_train == t_star:
        return x_s
    return lift(x_s, normal(seeds, "lift", IMAGE_SHAPE), loaded.prior.t_train, t_star, schedule)


@dataclass(frozen=True)
class Order:
    """Say what to draw with what: one prior, a denoiser, settings."""

    prior: LoadedPrior
    net: LoadedNet
    settings: SampleSettings


@dataclass(frozen=True)
class _Chunk:
    order: Order
    seeds: tuple[int, ...]
    size: int

    @property
    def padded(self) -> list[int]:
        # A fixed number of images per forward: results differ in the last bits with the batch size.
        return [*self.seeds, *[self.seeds[-1]] * (self.size - len(self.seeds))]


def generate(
    priors: Sequence[LoadedPrior],
    net: LoadedNet,
    settings: SampleSettings,
    *,
    device: torch.device | str = "cpu",
    frames: int = 0,
    batch_size: int | None = None,
    stopped: threading.Event | None = None,
) -> Iterator[SampleChunk]:
    """Draw settings.n images from every prior with common seeds; chunks come one prior after another.

    As `generate_orders`, whose options it takes. Raises TdotError, before the first chunk, for settings out of range or a
    prior that cannot serve t_star.
    """
    check_priors(priors, net, settings)
    orders = [Order(prior, net, settings) for prior in priors]
    return generate_orders(orders, device=device, frames=frames, batch_size=batch_size, stopped=stopped)


def generate_orders(
    orders: Sequence[Order],
    *,
    device: torch.device | str = "cpu",
    frames: int = 0,
    batch_size: int | None = None,
    stopped: threading.Event | None = None,
) -> Iterator[SampleChunk]:
    """Draw several orders as one queue of chunks, one order after another.

    An image is a function of (prior, net, settings, its seed) alone, to the byte, on one kind of device, whose chunk is fixed. frames: how many states of the chain to
    keep besides the start (0 none); batch_size: images in work at once, which changes speed only. stopped: once set, chunks
    at work end at their next step by raising Stopped. Raises TdotError, before the first chunk, as `generate` does.
    """
    for order in orders:
        check_priors([order.prior], order.net, order.settings)
    if batch_size is not None and batch_size < 1:
        raise TdotError(f"The batch size must be at least 1, found {batch_size}.")
    size = chunk_of(device)
    workers = worker_count() if batch_size is None else max(1, min(worker_count(), batch_size // size))
    queue = (_Chunk(order, seeds, size) for order in orders for seeds in _in_chunks(order.settings.seeds, size))
    return run_chunks(lambda chunk: _run(chunk, device, frames, stopped), queue, device, workers)


def _in_chunks(seeds: range, size: int) -> Iterator[tuple[int, ...]]:
    return (tuple(seeds[k : k + size]) for k in range(0, len(seeds), size))


@torch.inference_mode()
def _run(chunk: _Chunk, device: torch.device | str, frames: int, stopped: threading.Event | None) -> SampleChunk:
    loaded, net, settings = chunk.order.prior, chunk.order.net, chunk.order.settings
    n, padded = len(chunk.seeds), chunk.padded
    begun = time.perf_counter()
    x = draw_start(loaded, padded, settings.t_star, net.schedule).to(device)
    start, drawn = to_uint8(x.cpu())[:n].numpy(), time.perf_counter()
    grid = time_grid(settings.t_star, settings.n_steps, settings.grid, net.schedule)
    stochastic = sampler_eta(settings.sampler, settings.eta) > 0
    noise = step_noise(padded, settings.n_steps, IMAGE_SHAPE).to(device) if stochastic else None
    film = _Film(settings.n_steps, frames, n)
    with count_nfe() as nfe:
        for state in walk(
            net.net,
            x,
            grid,
            net.schedule,
            sampler=settings.sampler,
            eta=settings.eta,
            noise=None if noise is None else noise.__getitem__,
            clip_x0=settings.clip_x0,
        ):
            if stopped is not None and stopped.is_set():
                raise Stopped
            film.take(state)
    ended = time.perf_counter()
    return SampleChunk(
        loaded.id,
        chunk.seeds,
        film.states[-1],
        start,
        np.stack(film.states) if frames else None,
        tuple(film.times) if frames else (),
        nfe.images // len(padded),
        loaded.prior.nfe_prior,
        drawn - begun,
        ended - drawn,
        np.stack(film.x0_hats) if frames else None,
    )


class _Film:
    """Keep, of a chain of n_steps, as many states as asked for and the result, n images of each, as bytes."""

    def __init__(self, n_steps: int, frames: int, n: int) -> None:
        self._kept, self._last, self._n = set(kept_steps(n_steps, frames)), n_steps, n
        self.times: list[int] = []
        self.states: list[Images] = []
        self.x0_hats: list[Images] = []

    def take(self, state: ChainState) -> None:
        if state.x0_hat is not None and state.step - 1 in self._kept:
            self.x0_hats.append(self._bytes(state.x0_hat))
        if state.step in self._kept or state.step == self._last:
            self.times.append(state.t)
            self.states.append(self._bytes(state.x))

    def _bytes(self, x: Tensor) -> Images:
        return to_uint8(x.cpu())[: self._n].numpy()
