"""What truncation buys: ten steps and a prior against the thousand steps of the same network."""

from __future__ import annotations

import statistics
from collections.abc import Iterator

import torch

from tdot_core.bench.demo import DemoModels, demo_models
from tdot_core.bench.result import BenchResult
from tdot_core.bench.timing import seconds
from tdot_core.maths.chain import ChainState, walk
from tdot_core.maths.grid import time_grid
from tdot_core.maths.quantise import to_uint8
from tdot_core.services.compute.chunks import run_chunks
from tdot_core.services.sampling.generate import SampleSettings, draw_start, generate

NAME = "truncation"
HELP = "truncated sampling with a prior against the network's full 1000 steps"

BATCH, REPEATS = 16, 2
T_FULL, STRETCH = 1000, 100
PIECE, BATCHES = 20, 2
"""A stretch is timed in pieces with whole truncated batches between, as long as a piece, so that a slow second of the machine
meets both alike."""
AT_LEAST = 95.0


def run() -> list[BenchResult]:
    """Compare seconds per image, batch 16; the truncated side includes the prior's draw, both the pixels."""
    models = demo_models("ot", "vanilla")
    _truncated(models)
    ratio = statistics.median(ratio for _ in range(REPEATS) for ratio in _ratios(models))
    name = (
        f"seconds per image of {T_FULL} steps over ot at t* = 10 in 10 steps, batch {BATCH}, {T_FULL} steps taken as "
        f"{T_FULL // STRETCH} x a timed stretch of {STRETCH}, in pieces of {PIECE} with {BATCHES} truncated batches between, "
        f"median of {REPEATS * STRETCH // PIECE}{models.note}"
    )
    return [BenchResult(NAME, name, ratio, "times", ">=", AT_LEAST)]


def _ratios(models: DemoModels) -> Iterator[float]:
    stretch = _stretch(models)
    for _ in range(STRETCH // PIECE):
        full = seconds(lambda: _advance(stretch)) * T_FULL / PIECE
        yield full / (seconds(lambda: _truncated(models)) / BATCHES)


def _truncated(models: DemoModels) -> None:
    settings = SampleSettings(t_star=10, n_steps=10, n=BATCH * BATCHES)
    for _ in generate([models.priors["ot"]], models.net, settings, batch_size=BATCH):
        pass


def _stretch(models: DemoModels) -> Iterator[ChainState]:
    net = models.net
    x = draw_start(models.priors["vanilla"], range(BATCH), T_FULL, net.schedule)
    states = walk(net.net, x, time_grid(T_FULL, T_FULL)[: STRETCH + 1], net.schedule)
    next(states)
    return states


def _advance(stretch: Iterator[ChainState]) -> None:
    # The same chunk runner, hence the same one thread, as the sampling service uses for a batch of 16.
    for _ in run_chunks(_take_piece, [stretch], workers=1):
        pass


@torch.inference_mode()
def _take_piece(stretch: Iterator[ChainState]) -> None:
    for _ in range(PIECE):
        state = next(stretch)
    to_uint8(state.x)
