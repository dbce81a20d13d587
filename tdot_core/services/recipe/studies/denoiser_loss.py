"""How well the denoiser predicts the noise at each noise level, on images it has not seen."""

from __future__ import annotations

import math
from collections.abc import Generator
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from tdot_core.maths.forward import add_noise
from tdot_core.maths.quantise import from_uint8
from tdot_core.maths.streams import normal
from tdot_core.priors.base import IMAGE_SHAPE
from tdot_core.progress import Progress
from tdot_core.services.chunks import CHUNK, run_chunks
from tdot_core.services.datasets import load_dataset
from tdot_core.services.device import find_device
from tdot_core.services.evaluation.heldout import taking_order
from tdot_core.services.loading import LoadedNet, load_net
from tdot_core.services.recipe.study import Study

LEVELS = (1, 2, 5, 10, 20, 50, 100, 150, 200, 300, 400, 500, 600, 700, 800, 900, 1000)
N = 1000


def _inputs(dataset: str) -> dict[str, Any]:
    return {"net": load_net().fingerprint, "dataset": load_dataset(dataset).info.id, "levels": list(LEVELS), "n": N}


def _measure(dataset: str, device: str) -> Generator[Progress, None, dict[str, Any]]:
    """Return the mean of |eps - eps_hat|^2 / d over N random test images at each level, with its standard error."""
    where = find_device(device)
    loaded = load_net(device=where)
    images = np.asarray(load_dataset(dataset).images("test"))
    images = images[taking_order(len(images))[:N]]
    works = [(t, start) for t in LEVELS for start in range(0, len(images), CHUNK)]
    losses: dict[int, list[float]] = {t: [] for t in LEVELS}

    def run(work: tuple[int, int]) -> tuple[int, list[float]]:
        t, start = work
        return t, eps_losses(loaded, images[start : start + CHUNK], range(start, start + CHUNK), t, where)

    for done, (t, found) in enumerate(run_chunks(run, works, where), 1):
        losses[t] += found
        yield Progress(done, len(works), {}, "denoising")
    return {"levels": [{"t": t, **_mean(found)} for t, found in losses.items()], "n": len(images)}


@torch.inference_mode()
def eps_losses(
    loaded: LoadedNet, images: npt.NDArray[np.uint8], seeds: range, t: int, device: torch.device | str = "cpu"
) -> list[float]:
    """Return |eps - net(x_t, t)|^2 / d of each image (n, 32, 32, 3) uint8, eps drawn from its seed's "train" stream."""
    x0 = from_uint8(torch.from_numpy(images))
    eps = normal(list(seeds)[: len(x0)], "train", IMAGE_SHAPE)
    x_t = add_noise(x0, eps, t, loaded.schedule).to(device)
    eps_hat = loaded.net(x_t, torch.full((len(x0),), t, device=x_t.device)).cpu()
    return [float(loss) for loss in (eps_hat - eps).square().flatten(1).mean(1)]


def _mean(values: list[float]) -> dict[str, float]:
    mean, n = math.fsum(values) / len(values), len(values)
    error = math.sqrt(math.fsum((v - mean) ** 2 for v in values) / max(n - 1, 1) / n)
    return {"eps_loss": float(f"{mean:.6g}"), "standard_error": float(f"{error:.3g}")}


DENOISER_LOSS = Study("denoiser-loss", _inputs, _measure)
