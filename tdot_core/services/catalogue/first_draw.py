"""The drawing that the Sample screen shows first, as it ships: valid while the models that made it are the ones in use."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from tdot_core.errors import TdotError
from tdot_core.services.catalogue.priors import PriorChoice
from tdot_core.services.runs.store import Run, best_run, find_run
from tdot_core.services.storage.files import read_json
from tdot_core.services.storage.paths import assets_root

FIRST: dict[str, Any] = {
    "t_star": 200,
    "n_steps": 10,
    "sampler": "ddim",
    "eta": None,
    "seed": 0,
    "n": 16,
    "clip_x0": True,
    "grid": "uniform",
}
"""The settings of the first drawing, under the names of `SampleSettings`."""
NET = "denoiser"
SIDE = 32


@dataclass(frozen=True)
class FirstDraw:
    """Results of one prior, (n, 32, 32, 3) uint8, and the network forwards that an image took."""

    images: npt.NDArray[np.uint8]
    nfe: int
    nfe_prior: int


def first_draw_folder() -> Path:
    """Return the folder of draws.json and results.png, a row of images per entry."""
    return assets_root() / "first-draw"


def draw_key(choice: PriorChoice) -> str:
    """Return what a prior's part of the first drawing depends on: its weights and settings, the denoiser's, FIRST.

    Raises TdotError where there is no denoiser.
    """
    net = best_run(NET)
    if net is None:
        raise TdotError("There is no denoiser yet. Train one: python -m tdot_core train denoiser --dataset cifar10")
    prior = _run_digest(find_run(choice.run)) if choice.run else choice.key
    return hashlib.sha256(json.dumps([prior, _run_digest(net), FIRST], sort_keys=True).encode()).hexdigest()[:32]


def _run_digest(run: Run) -> str:
    facts = run.weights_path.stat()
    weights = _file_digest(run.weights_path, facts.st_mtime_ns, facts.st_size)
    return f"{run.kind} {weights} {json.dumps(run.config, sort_keys=True)}"


@lru_cache(maxsize=64)
def _file_digest(path: Path, stamp: int, size: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def first_draw(choice: PriorChoice, net: str, settings: Mapping[str, Any]) -> FirstDraw | None:
    """Return a prior's part of the shipped drawing, or None for other settings, other models, or none that ships."""
    if net != NET or dict(settings) != FIRST:
        return None
    try:
        entry = read_json(first_draw_folder() / "draws.json").get(draw_key(choice))
        sheet = np.asarray(Image.open(first_draw_folder() / "results.png").convert("RGB"))
        return None if entry is None else _read(entry, sheet)
    except (TdotError, OSError, KeyError, TypeError, ValueError):
        return None


def _read(entry: Mapping[str, Any], sheet: npt.NDArray[np.uint8]) -> FirstDraw:
    top = int(entry["row"]) * SIDE
    images = sheet[top : top + SIDE].reshape(SIDE, FIRST["n"], SIDE, 3).swapaxes(0, 1)
    return FirstDraw(np.ascontiguousarray(images), int(entry["nfe"]), int(entry["nfe_prior"]))
