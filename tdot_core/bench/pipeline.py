"""Our chain against diffusers' own pipeline, with the same network, steps, batch and threads."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from diffusers import DDIMPipeline, DDIMScheduler

from tdot_core.bench.demo import demo_models
from tdot_core.bench.result import BenchResult
from tdot_core.bench.timing import interleaved, median_ratio, torch_threads
from tdot_core.maths.chain import walk
from tdot_core.maths.grid import time_grid
from tdot_core.maths.quantise import to_uint8
from tdot_core.maths.schedule import LINEAR_FIRST, LINEAR_LAST
from tdot_core.models.denoiser import DenoiserConfig, build_denoiser
from tdot_core.models.seeded import seeded_init
from tdot_core.services.sampling.generate import draw_start
from tdot_core.services.sampling.loading import LoadedNet, LoadedPrior

NAME = "pipeline"
HELP = "our chain against diffusers' DDIMPipeline"

BATCH, STEPS, REPEATS = 16, 10, 7
AT_MOST = 1.03


def run() -> list[BenchResult]:
    """Compare whole calls: start noise, the chain, and the change to numpy pixels, both on one torch thread.

    One thread, as the sampling service runs a chunk: two threads wait for each other whenever a core is busy elsewhere.
    Ours also shuffles between 32x32x3 images and the network's 16x16x12 input, which the pipeline is spared.
    """
    models = demo_models("vanilla")
    net, vanilla = _plain(models.net), models.priors["vanilla"]
    pipe = _pipeline(net)
    works = {
        "ours": lambda: _ours(net, vanilla),
        "theirs": lambda: pipe(batch_size=BATCH, num_inference_steps=STEPS, eta=0.0, output_type="np"),
    }
    with torch_threads(1):
        interleaved(works, 1)
        taken = interleaved(works, REPEATS)
    ratio = median_ratio(taken["ours"], taken["theirs"])
    name = (
        f"time of our chain over DDIMPipeline(output_type='np'), {STEPS} steps, batch {BATCH}, "
        f"one thread each, median of {REPEATS} interleaved runs{models.note}"
    )
    return [BenchResult(NAME, name, ratio, "ratio", "<=", AT_MOST)]


def _plain(net: LoadedNet) -> LoadedNet:
    """Return a denoiser that diffusers' pipeline can run: this one, or an untrained one where a filter surrounds the network."""
    if getattr(net.net, "around", None) is None:
        return net
    untrained = seeded_init(lambda: build_denoiser(DenoiserConfig(target="eps")), torch.Generator().manual_seed(0))
    ready = untrained.to(memory_format=torch.channels_last).eval()
    return replace(net, build=lambda: ready)


def _pipeline(net: LoadedNet) -> Any:
    scheduler = DDIMScheduler(
        num_train_timesteps=net.schedule.T,
        beta_start=LINEAR_FIRST,
        beta_end=LINEAR_LAST,
        beta_schedule="linear",
        clip_sample=True,
    )
    pipe: Any = DDIMPipeline(unet=net.net.unet, scheduler=scheduler)
    pipe.set_progress_bar_config(disable=True)
    return pipe


@torch.inference_mode()
def _ours(net: LoadedNet, vanilla: LoadedPrior) -> None:
    T = net.schedule.T
    x = draw_start(vanilla, range(BATCH), T, net.schedule)
    for state in walk(net.net, x, time_grid(T, STEPS), net.schedule):
        x = state.x
    to_uint8(x).numpy()
