"""Whether images are copies of training images: nearest neighbours in the whole split, and the scores that judge them."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tdot_core.errors import TdotError
from tdot_core.metrics import metrics as registered
from tdot_core.metrics.extras import Extras
from tdot_core.metrics.features import Features
from tdot_core.metrics.value import MetricValue
from tdot_core.models.extractor import Extractor
from tdot_core.models.extractors import DEFAULT, distance_name
from tdot_core.progress import Progress
from tdot_core.services.compute.device import find_device
from tdot_core.services.copies.matches import Matches, by_features, by_pixels, strangers
from tdot_core.services.datasets import Dataset, load_dataset
from tdot_core.services.datasets.outside import read_outside
from tdot_core.services.features.extract import extract
from tdot_core.services.features.extractors import opening
from tdot_core.services.features.heldout import HeldOut, Rows, chosen, held_out
from tdot_core.services.features.references import reference
from tdot_core.services.sampling.drawn_sets import Draw
from tdot_core.services.sampling.generate import SampleSettings
from tdot_core.services.sampling.loading import load_net, load_prior
from tdot_core.services.sampling.sheets import save_sheet
from tdot_core.services.storage.files import write_atomically

SCORES = ("authpct", "ct")
SCALE = 4
PRIORS_N = 200
"""Images of a prior that are looked at when nobody says how many."""

Images = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class MemorisationSpec:
    """Say which images to look at: n of a prior from seed on (None: 200), or those at the path `images` (None: all of them,
    else one fixed random choice); and where to search.
    """

    prior: str | None
    images: str | None
    net: str = "denoiser"
    t_star: int = 10
    n_steps: int = 10
    sampler: str = "ddim"
    n: int | None = None
    seed: int = 0
    dataset: str = "cifar10"
    extractor: str = DEFAULT
    layer: str = ""
    device: str = "auto"
    grid: str = "uniform"


@dataclass(frozen=True, eq=False)
class Memorisation:
    """What was found. metrics: AuthPct and C_T by key, with their titles."""

    label: str
    dataset: str
    matches: tuple[Matches, ...]
    metrics: dict[str, tuple[str, MetricValue]]
    note: str = ""


def memorisation(spec: MemorisationSpec, weights: Path | None = None) -> Generator[Progress, None, Memorisation]:
    """Search the whole training split of a data set for each image's nearest, by pixels and by features.

    Exact. Raises TdotError for what does not exist; the data set's images must be here.
    """
    data = load_dataset(spec.dataset)
    if spec.n is not None and spec.n < 2:
        raise TdotError(f"n must be at least 2, found {spec.n}.")
    if not data.info.n_train:
        raise TdotError(f"{data.info.name} has no training images to search.")
    label, images, places, note = yield from _images(spec)
    extractor = yield from opening(spec.extractor, weights=weights, device=find_device(spec.device))
    layer = spec.layer or extractor.layers[-1]
    extractor.check([layer])
    train = data.images("train")
    yield Progress(0, 1, {}, "nearest training images, pixels")
    found = [by_pixels(images, train, strangers(data))]
    whole = (yield from extract(train, extractor, [layer]))[layer]
    fake = (yield from extract(images, extractor, [layer]))[layer]
    heldout = (yield from held_out(spec.dataset, len(images), extractor, [layer]))[layer]
    yield Progress(0, 1, {}, "nearest training images, features")
    rows = np.arange(len(train))
    found.append(by_features(images, fake, whole, rows, train, f"{extractor.key} {layer}", heldout))
    scores = yield from _scores(data, extractor, layer, fake, heldout)
    found = [replace(one, index=places[one.index]) for one in found]
    return Memorisation(label, data.info.name, tuple(found), scores, note)


def _images(spec: MemorisationSpec) -> Generator[Progress, None, tuple[str, Images, Rows, str]]:
    """Return a name, the images, their places in the whole collection, and what a reader must know."""
    if spec.images is not None:
        return (yield from _some(spec.images, spec.n))
    n = PRIORS_N if spec.n is None else spec.n
    assert spec.prior is not None
    device = find_device(spec.device)
    settings = SampleSettings(spec.t_star, spec.n_steps, spec.sampler, None, spec.seed, n, grid=spec.grid)
    prior = load_prior(spec.prior, device, spec.dataset)
    net = load_net(spec.net, device)
    images, _ = yield from Draw(prior, net, settings, device).make()
    return f"{prior.label} at t* = {spec.t_star}, {spec.sampler}", np.asarray(images), np.arange(n), net.note


def _some(source: str, n: int | None) -> Generator[Progress, None, tuple[str, Images, Rows, str]]:
    read = yield from read_outside(source)
    available = len(read.images)
    if available < 2:
        raise TdotError(f"{read.name} holds {available} image; this takes at least 2.")
    places = chosen(available, available if n is None else n)
    left = available - len(places)
    told = f"{left:,} of {available:,} images were left out; which ones is one fixed random choice." if left else ""
    images = read.images if not left else np.asarray(read.images[places])
    return read.name, images, places, " ".join(part for part in (told, read.note) if part)


def _scores(
    data: Dataset, extractor: Extractor, layer: str, fake: Features, heldout: HeldOut
) -> Generator[Progress, None, dict[str, tuple[str, MetricValue]]]:
    """Measure AuthPct and C_T as an evaluation does: against the reference's sample of the training split."""
    real = yield from reference(data.info.id, extractor, layer)
    test = heldout.features()
    extra = Extras(test, None, {} if test is not None else {"heldout": heldout.reason()})
    scores = {}
    for key in SCORES:
        if key in registered.all():
            yield Progress(0, 1, {}, "distances")
            metric = registered.get(key)()
            value = metric.measure(real=real.features, fake=fake, extra=extra)
            scores[key] = (metric.title(distance_name(extractor.key, layer)), value)
    return scores


def pairs_sheet(found: Sequence[Matches], path: Path) -> None:
    """Write the closest pairs as a PNG: per distance two lines, images above their nearest training images.

    Raises TdotError when the file cannot be written.
    """
    columns = min(len(one.images) for one in found)
    lines = [np.concatenate([one.images[:columns], one.nearest[:columns]]) for one in found]
    try:
        write_atomically(path, lambda temporary: save_sheet(np.concatenate(lines), temporary, columns, SCALE))
    except OSError as error:
        raise TdotError(f"{path.name} could not be written: {error.strerror}. Choose another folder.") from error
