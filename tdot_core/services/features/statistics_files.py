"""Mean and covariance of features as files that other tools read: npz with mu and sigma, and what TDOT says beside them."""

from __future__ import annotations

import re
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tdot_core.errors import TdotError
from tdot_core.metrics.statistics import Statistics
from tdot_core.models.extractors import extractors
from tdot_core.models.resizes import RESIZES, TORCH_FIDELITY
from tdot_core.progress import Progress
from tdot_core.services.compute.device import find_device
from tdot_core.services.datasets import load_dataset
from tdot_core.services.datasets.outside import read_outside
from tdot_core.services.datasets.sizes import ONE_SIZE, size_of
from tdot_core.services.features.extract import extract
from tdot_core.services.features.extractors import opening
from tdot_core.services.storage.files import write_atomically

_SIZE = re.compile(r"[1-9]\d*x[1-9]\d*")


@dataclass(frozen=True, eq=False)
class Named:
    """Statistics with what they are of. size: width and height of the images, such as 64x64; resize: how the extractor resized."""

    statistics: Statistics
    name: str
    extractor: str
    layer: str
    note: str
    size: str
    resize: str


def image_statistics(
    dataset: str | None,
    images: str | None,
    split: str,
    extractor: str,
    layer: str,
    *,
    weights: Path | None = None,
    device: str = "auto",
    resize: str = "",
) -> Generator[Progress, None, Named]:
    """Return the statistics of a data set's split, or of the images at a path, at their own size where the extractor takes any.

    Raises TdotError for what does not exist.
    """
    if images is not None:
        read = yield from read_outside(images, own_size=extractors.get(extractor).any_size)
        name, pixels, note = read.name, read.images, read.note
    else:
        data = load_dataset(str(dataset))
        name, pixels, note = f"{data.info.name} ({split})", data.images(split), ""
    if len(pixels) < 2:
        raise TdotError(f"{name} holds {len(pixels)} images; a covariance needs at least 2.")
    opened = yield from opening(extractor, weights=weights, device=find_device(device), resize=resize)
    layer = layer or opened.layers[-1]
    found = (yield from extract(pixels, opened, [layer]))[layer]
    if len(pixels) <= found.width:
        few = f"{len(pixels)} images in {found.width} dimensions leave sigma singular: distances to it are biased."
        note = f"{note} {few}".strip()
    return Named(found.statistics, name, extractor, layer, note, size_of(pixels), opened.resize)


def write_statistics(found: Named, path: Path) -> None:
    """Write mu, sigma (float64), n, extractor, layer, size and resize, readable without unpickling.

    Raises TdotError when the file cannot be written.
    """
    said = {"extractor": found.extractor, "layer": found.layer, "size": found.size, "resize": found.resize}
    facts = {name: np.array(text) for name, text in said.items() if text}

    def save(temporary: Path) -> None:
        statistics = found.statistics
        with temporary.open("wb") as file:
            np.savez(file, mu=statistics.mean_f, sigma=statistics.cov_f, n=np.array(statistics.n), **facts)  # type: ignore[arg-type]

    try:
        write_atomically(path.expanduser(), save)
    except OSError as error:
        raise TdotError(f"{path.name} could not be written: {error.strerror}. Choose another folder.") from error


@dataclass(frozen=True, eq=False)
class Given:
    """Statistics from a file, each text "" where unsaid.

    layer: of the extractor; size: width and height of the images behind them, resize: how they were resized.
    """

    statistics: Statistics
    name: str
    layer: str
    size: str
    resize: str


def read_statistics(path: Path, extractor: str) -> Given:
    """Read mu and sigma that any tool wrote, and what TDOT wrote beside them, to compare with features of an extractor.

    Raises TdotError for a file that is no such, and for one that another extractor made.
    """
    path = path.expanduser()
    statistics = Statistics.load(path)
    with path.open("rb") as handle, np.load(handle, allow_pickle=False) as file:
        maker, layer, size, resize = (_text(file, name) for name in ("extractor", "layer", "size", "resize"))
    if resize and resize not in RESIZES:
        raise TdotError(f"{path.name} was made with the resize {resize[:40]!r}; TDOT knows {', '.join(RESIZES)}.")
    if size and not _SIZE.fullmatch(size):
        raise TdotError(f"{path.name} says {size[:40]!r} for the size of its images; a size is such as {ONE_SIZE}.")
    if maker and maker != extractor:
        raise _of_another(path, f"features of {maker[:40]}", extractor, f"add --extractor {maker[:40]}")
    resizes = extractors.get(extractor).resizes
    if resize and not resizes:
        raise _of_another(path, f"images with the resize of {resize}", extractor, "choose the extractor that made it")
    # Only TDOT writes n. It began to write size and resize together, and before that there was one of each.
    if statistics.n and size and not resize and resizes:
        raise _of_another(path, "images that were not resized", extractor, "choose the extractor that made it")
    if statistics.n and not size:
        size, resize = ONE_SIZE, resize or next((name for name in resizes if name == TORCH_FIDELITY), "")
    return Given(statistics, path.name, layer, size, resize)


def _of_another(path: Path, found: str, extractor: str, mend: str) -> TdotError:
    return TdotError(
        f"{path.name} holds statistics of {found} and this evaluation measures with {extractor}, so that their distance would "
        f"say nothing: {mend}, or make the statistics again."
    )


def _text(file: Any, name: str) -> str:
    """Return a text of an npz, "" where there is none or something else has its name."""
    try:
        found = file[name]
    except Exception:  # numpy and zipfile raise nearly every kind where it is damaged, and mu and sigma are what counts
        return ""
    return str(found) if found.shape == () and found.dtype.kind == "U" else ""
