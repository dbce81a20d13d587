"""What truncation buys: ten steps and a prior against the thousand steps of the same network."""

from __future__ import annotations

import torch

from tdot_core.maths.chain import walk
from tdot_core.maths.grid import time_grid
from tdot_core.maths.quantise import to_uint8
from tdot_core.services.bench.demo import DemoModels, demo_models
from tdot_core.services.bench.result import BenchResult
from tdot_core.services.bench.timing import interleaved, median_ratio
from tdot_core.services.chunks import run_chunks
from tdot_core.services.sampling import SampleSettings, draw_start, generate

NAME = "truncation"
HELP = "truncated sampling with a prior against the network's full 1000 steps"

BATCH, REPEATS = 16, 5
T_FULL, STRETCH = 1000, 100
AT_LEAST = 95.0


def run() -> list[BenchResult]:
    """Compare seconds per image, batch 16, the prior's draw and the pixels included on both sides."""
    models = demo_models("ot", "vanilla")
    _truncated(models)
    taken = interleaved({"truncated": lambda: _truncated(models), "stretch": lambda: _stretch(models)}, REPEATS)
    ratio = T_FULL / STRETCH * median_ratio(taken["stretch"], taken["truncated"])
    name = (
        f"seconds per image of {T_FULL} steps over ot at t* = 10 in 10 steps, batch {BATCH}, "
        f"{T_FULL} steps taken as {T_FULL // STRETCH} x a timed stretch of {STRETCH}, median of {REPEATS}{models.note}"
    )
    return [BenchResult(NAME, name, ratio, "times", ">=", AT_LEAST)]


def _truncated(models: DemoModels) -> None:
    for _ in generate([models.priors["ot"]], models.net, SampleSettings(t_star=10, n_steps=10, n=BATCH)):
        pass


def _stretch(models: DemoModels) -> None:
    # The same chunk runner, hence the same one thread, as the sampling service uses for a batch of 16.
    for _ in run_chunks(lambda seeds: _first_steps(models, seeds), [range(BATCH)]):
        pass


@torch.inference_mode()
def _first_steps(models: DemoModels, seeds: range) -> None:
    net = models.net
    x = draw_start(models.priors["vanilla"], seeds, T_FULL, net.schedule)
    for state in walk(net.net, x, time_grid(T_FULL, T_FULL)[: STRETCH + 1], net.schedule):
        x = state.x
    to_uint8(x)
