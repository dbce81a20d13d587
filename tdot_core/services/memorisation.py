"""Whether images are copies of training images: nearest neighbours in the whole split, and the scores that judge them."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tdot_core.errors import TdotError
from tdot_core.metrics import metrics as registered
from tdot_core.metrics.extras import Extras
from tdot_core.metrics.features import Features
from tdot_core.metrics.value import MetricValue
from tdot_core.models.extractor import Extractor
from tdot_core.progress import Progress
from tdot_core.services.copies import Matches, by_pixels
from tdot_core.services.datasets import Dataset, load_dataset
from tdot_core.services.device import find_device
from tdot_core.services.evaluation.draws import Draw
from tdot_core.services.evaluation.guarding import by_features, strangers
from tdot_core.services.evaluation.heldout import HeldOut, held_out
from tdot_core.services.extractors import opening
from tdot_core.services.features import extract
from tdot_core.services.files import write_atomically
from tdot_core.services.loading import load_net, load_prior
from tdot_core.services.outside import read_outside
from tdot_core.services.references import reference
from tdot_core.services.sampling import SampleSettings
from tdot_core.services.sheets import save_sheet

SCORES = ("authpct", "ct")
SCALE = 4

Images = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class MemorisationSpec:
    """Say which images to look at: n of a prior from seed on, or those at the path `images`; and where to search."""

    prior: str | None
    images: str | None
    net: str = "denoiser"
    t_star: int = 10
    n_steps: int = 10
    sampler: str = "ddim"
    n: int = 200
    seed: int = 0
    dataset: str = "cifar10"
    extractor: str = "cifar-cnn"
    layer: str = ""
    device: str = "auto"


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
    if spec.n < 2:
        raise TdotError(f"n must be at least 2, found {spec.n}.")
    if not data.info.n_train:
        raise TdotError(f"{data.info.name} has no training images to search.")
    label, images, note = yield from _images(spec)
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
    return Memorisation(label, data.info.name, tuple(found), scores, note)


def _images(spec: MemorisationSpec) -> Generator[Progress, None, tuple[str, Images, str]]:
    if spec.images is not None:
        read = yield from read_outside(spec.images)
        return read.name, read.images[: spec.n], read.note
    assert spec.prior is not None
    device = find_device(spec.device)
    settings = SampleSettings(spec.t_star, spec.n_steps, spec.sampler, None, spec.seed, spec.n)
    prior = load_prior(spec.prior, device, spec.dataset)
    images, _ = yield from Draw(prior, load_net(spec.net, device), settings, device).make()
    return f"{prior.label} at t* = {spec.t_star}, {spec.sampler}", np.asarray(images), ""


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
            scores[key] = (metric.title(extractor.key, layer), value)
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
