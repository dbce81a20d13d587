"""The work behind the Sample screen: four priors side by side, models warm."""

from __future__ import annotations

import statistics
import time

from tdot_core.services.bench.demo import PRIORS, DemoModels, demo_models
from tdot_core.services.bench.result import BenchResult
from tdot_core.services.sampling import SampleSettings, generate

NAME = "sample-screen"
HELP = "16 images from 4 priors at t* = 10, as the Sample screen draws them"

IMAGES, REPEATS = 16, 5
AT_MOST_SECONDS = 5.0


def run() -> list[BenchResult]:
    """Time the first finished column and all four; every repetition draws other seeds, so nothing comes from a cache."""
    models = demo_models()
    _draw(models, seed=0)
    runs = [_draw(models, seed=IMAGES * (k + 1)) for k in range(REPEATS)]
    setting = f"{IMAGES} images from {len(PRIORS)} priors, t* = 10, 10 steps, median of {REPEATS}{models.note}"
    return [
        BenchResult(NAME, setting, statistics.median(total for _, total in runs), "seconds", "<", AT_MOST_SECONDS),
        BenchResult(
            NAME, f"first column over all columns, {setting}", statistics.median(first / total for first, total in runs),
            "ratio", "<", 1.0,
        ),
    ]  # fmt: skip


def _draw(models: DemoModels, seed: int) -> tuple[float, float]:
    settings = SampleSettings(t_star=10, n_steps=10, seed=seed, n=IMAGES)
    begun = time.perf_counter()
    ended = [time.perf_counter() - begun for _ in generate(list(models.priors.values()), models.net, settings)]
    return ended[0], ended[-1]
