"""Mean and covariance of features as files that other tools read: npz with mu and sigma."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from tdot_core.errors import TdotError
from tdot_core.metrics.statistics import Statistics
from tdot_core.progress import Progress
from tdot_core.services.datasets import load_dataset
from tdot_core.services.device import find_device
from tdot_core.services.extractors import opening
from tdot_core.services.features import extract
from tdot_core.services.files import write_atomically
from tdot_core.services.outside import read_outside


@dataclass(frozen=True, eq=False)
class Named:
    """Statistics with what they are of."""

    statistics: Statistics
    name: str
    extractor: str
    layer: str
    note: str


def image_statistics(
    dataset: str | None,
    images: str | None,
    split: str,
    extractor: str,
    layer: str,
    *,
    weights: Path | None = None,
    device: str = "auto",
) -> Generator[Progress, None, Named]:
    """Return the statistics of a data set's split, or of the images at a path; raises TdotError for what does not exist."""
    if images is not None:
        read = yield from read_outside(images)
        name, pixels, note = read.name, read.images, read.note
    else:
        data = load_dataset(str(dataset))
        name, pixels, note = f"{data.info.name} ({split})", data.images(split), ""
    if len(pixels) < 2:
        raise TdotError(f"{name} holds {len(pixels)} images; a covariance needs at least 2.")
    opened = yield from opening(extractor, weights=weights, device=find_device(device))
    layer = layer or opened.layers[-1]
    found = (yield from extract(pixels, opened, [layer]))[layer]
    if len(pixels) <= found.width:
        few = f"{len(pixels)} images in {found.width} dimensions leave sigma singular: distances to it are biased."
        note = f"{note} {few}".strip()
    return Named(found.statistics, name, extractor, layer, note)


def write_statistics(statistics: Statistics, path: Path) -> None:
    """Write mu, sigma (float64) and n, readable without unpickling; raises TdotError when the file cannot be written."""
    try:
        write_atomically(path.expanduser(), statistics.save)
    except OSError as error:
        raise TdotError(f"{path.name} could not be written: {error.strerror}. Choose another folder.") from error
