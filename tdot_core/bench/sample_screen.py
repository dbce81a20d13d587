"""The work behind the Sample screen: four priors side by side, models warm."""

from __future__ import annotations

import statistics
import time

from tdot_core.bench.app import app_server, wait_ready
from tdot_core.bench.browser import PATIENCE_MS, open_page, visit
from tdot_core.bench.demo import DemoModels, demo_models
from tdot_core.bench.result import BenchResult
from tdot_core.errors import TdotError
from tdot_core.services.sampling.generate import SampleSettings, generate

NAME = "sample-screen"
HELP = "16 images from 4 priors at t* = 10, as the Sample screen draws them"

PRIORS = ("vanilla", "vae", "gan", "ot")
IMAGES, REPEATS, CHOSEN = 16, 5, 100
AT_MOST_SECONDS, CACHED_SECONDS = 5.0, 0.3
TILES = ".tiles button"
# Chooses again what is chosen already, and times the script from the click to its end.
CHOOSE_AGAIN = """button => new Promise(done => {
  const app = document.querySelector("[data-testid='stApp']"), begun = performance.now();
  let ran = false;
  new MutationObserver((_, watcher) => {
    const running = app.getAttribute("data-test-script-state") === "running";
    ran = ran || running;
    if (ran && !running) { watcher.disconnect(); done((performance.now() - begun) / 1000); }
  }).observe(app, {attributes: true, attributeFilter: ["data-test-script-state"]});
  button.click();
})"""


def run() -> list[BenchResult]:
    """Time the first finished column and all four; every repetition draws other seeds, so nothing comes from a cache."""
    models = demo_models(*PRIORS)
    _draw(models, seed=0)
    runs = [_draw(models, seed=IMAGES * (k + 1)) for k in range(REPEATS)]
    setting = f"{IMAGES} images from {len(PRIORS)} priors, t* = 10, 10 steps, median of {REPEATS}{models.note}"
    return [
        BenchResult(NAME, setting, statistics.median(total for _, total in runs), "seconds", "<", AT_MOST_SECONDS),
        BenchResult(
            NAME,
            f"first column over all columns, {setting}",
            statistics.median(first / total for first, total in runs),
            "ratio",
            "<",
            1.0,
        ),
        _unchanged_choice(),
    ]


def _draw(models: DemoModels, seed: int) -> tuple[float, float]:
    settings = SampleSettings(t_star=10, n_steps=10, seed=seed, n=IMAGES)
    begun = time.perf_counter()
    ended = [time.perf_counter() - begun for _ in generate(list(models.priors.values()), models.net, settings)]
    return ended[0], ended[-1]


def _unchanged_choice() -> BenchResult:
    """Time the screen itself in a browser when the chosen step is chosen once more: nothing is drawn, all is shown."""
    name = "the Sample screen when the chosen step is chosen again, script time"
    try:
        with open_page() as page, app_server() as (process, url, _):
            wait_ready(process, url)
            visit(page, f"{url}/sample?t_star={CHOSEN}")
            page.wait_for_selector(TILES, timeout=PATIENCE_MS)
            button = page.get_by_role("button", name=str(CHOSEN), exact=True)
            taken = [float(button.evaluate(CHOOSE_AGAIN)) for _ in range(REPEATS)]
    except TdotError as error:
        return BenchResult(NAME, f"{name}, not measured: {error}", None, "seconds", "<", CACHED_SECONDS)
    return BenchResult(NAME, f"{name}, median of {REPEATS}", statistics.median(taken), "seconds", "<", CACHED_SECONDS)
