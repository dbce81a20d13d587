"""How well each denoiser predicts the noise at each noise level, beside the best linear filter, on images it has not seen."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from tdot_core.maths.forward import add_noise
from tdot_core.maths.quantise import from_uint8
from tdot_core.maths.streams import normal
from tdot_core.maths.wiener import linear_errors
from tdot_core.models.moments import image_moments
from tdot_core.priors.base import IMAGE_SHAPE
from tdot_core.progress import Progress
from tdot_core.recipe.study import Study
from tdot_core.services.compute.chunks import chunk_of, run_chunks
from tdot_core.services.compute.device import find_device
from tdot_core.services.datasets import load_dataset
from tdot_core.services.features.heldout import taking_order
from tdot_core.services.results.studies import read_study
from tdot_core.services.runs.store import Run, best_run, list_runs
from tdot_core.services.sampling.loading import NETS, LoadedNet, load_net

LEVELS = (1, 2, 5, 10, 20, 50, 100, 150, 200, 300, 400, 500, 600, 700, 800, 900, 1000)
N = 10_000
Losses = npt.NDArray[np.float64]


def compared_nets() -> list[Run]:
    """Return the denoisers that the keys stand for, then the others that ship."""
    named = [run for kind in NETS if (run := best_run(kind)) is not None]
    shipped = [run for kind in NETS for run in list_runs(kind) if run.shipped]
    return list({run.id: run for run in named + shipped}.values())


def _common(dataset: str) -> dict[str, Any]:
    return {"dataset": load_dataset(dataset).info.id, "levels": list(LEVELS), "n": N}


def _inputs(dataset: str) -> dict[str, Any]:
    return {**_common(dataset), "nets": [load_net(run.id).fingerprint for run in compared_nets()]}


def _measure(dataset: str, device: str) -> Generator[Progress, None, dict[str, Any]]:
    """Return, by network and level, the mean of |eps - eps_hat|^2 / d over N random test images, and its ratio to that of the
    linear filter of the whole training covariance on the same images and noise; with standard errors, the ratio's paired.

    A network that was measured before, on the same images and levels, is taken from the file that ships.
    """
    where, data = find_device(device), load_dataset(dataset)
    images = np.asarray(data.images("test"))
    images = images[taking_order(len(images))[:N]]
    known = _measured_before(dataset)
    linear: dict[int, Losses] = {}
    nets = []
    for run in compared_nets():
        loaded = load_net(run.id, device=where)
        levels = known.get(loaded.fingerprint)
        if levels is None:
            linear = linear or dict(linear_losses(images, *image_moments(data.training_data("train"))))
            losses = yield from _net_losses(loaded, images, where)
            levels = [{"t": t, **_mean(losses[t]), **_ratio(losses[t], linear[t])} for t in LEVELS]
        nets.append({"net": run.id, "label": run.label, "fingerprint": loaded.fingerprint, "levels": levels})
    return {"nets": nets, "n": len(images)}


def _measured_before(dataset: str) -> dict[str, Any]:
    earlier = read_study("denoiser-loss") or {}
    same = {key: value for key, value in earlier.get("inputs", {}).items() if key != "nets"} == _common(dataset)
    return {net["fingerprint"]: net["levels"] for net in earlier.get("nets", [])} if same else {}


def _net_losses(
    loaded: LoadedNet, images: npt.NDArray[np.uint8], device: torch.device
) -> Generator[Progress, None, dict[int, Losses]]:
    size = chunk_of(device)
    works = [(t, start) for t in LEVELS for start in range(0, len(images), size)]
    losses: dict[int, list[float]] = {t: [] for t in LEVELS}

    def run(work: tuple[int, int]) -> tuple[int, list[float]]:
        t, start = work
        return t, eps_losses(loaded, images[start : start + size], range(start, start + size), t, device)

    for done, (t, found) in enumerate(run_chunks(run, works, device), 1):
        losses[t] += found
        yield Progress(done, len(works), {}, loaded.id)
    return {t: np.array(found) for t, found in losses.items()}


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


def linear_losses(images: npt.NDArray[np.uint8], mean: Losses, covariance: Losses) -> Iterator[tuple[int, Losses]]:
    """Yield (t, losses) of the best linear filter on the images, with the noise that `eps_losses` draws for seeds from 0."""
    schedule = load_net().schedule
    x0 = from_uint8(torch.from_numpy(images)).flatten(1)
    eps = normal(range(len(images)), "train", IMAGE_SHAPE).flatten(1)
    errors = linear_errors(x0, eps, torch.from_numpy(mean), torch.from_numpy(covariance))
    for t in LEVELS:
        yield t, errors(float(schedule.alpha_bar[t])).double().numpy()


def _mean(values: Losses) -> dict[str, float]:
    error = values.std(ddof=1) / math.sqrt(len(values))
    return {"eps_loss": float(f"{values.mean():.6g}"), "standard_error": float(f"{error:.3g}")}


def _ratio(values: Losses, linear: Losses) -> dict[str, float]:
    """Return the ratio of two means over the same images, and its standard error to first order."""
    ratio = values.mean() / linear.mean()
    error = (values - ratio * linear).std(ddof=1) / math.sqrt(len(values)) / linear.mean()
    return {"ratio": float(f"{ratio:.6g}"), "ratio_error": float(f"{error:.3g}")}


DENOISER_LOSS = Study("denoiser-loss", _inputs, _measure)
