"""Small sets of images with their features: what the Features screen shows as clouds of points."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tdot_core.errors import TdotError
from tdot_core.metrics import metrics
from tdot_core.metrics.features import Features
from tdot_core.models.extractor import Extractor
from tdot_core.progress import Progress
from tdot_core.services.datasets import Dataset, load_dataset
from tdot_core.services.features.projection import relative_spread
from tdot_core.services.features.references import Reference

if TYPE_CHECKING:
    import torch

    from tdot_core.services.sampling.generate import SampleSettings
    from tdot_core.services.sampling.loading import LoadedNet, LoadedPrior

TRAIN, TEST = "train", "test"
TEST_SEED = 0

Images = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Cloud:
    """Hold the features (n, d) of a set of images, their pictures where they are at hand, and what names each one.

    id: a prior's id, "train" or "test"; images: (n, 32, 32, 3) uint8 or None; index: (n,) image seeds, or positions in the
    split of the data set; labels: (n,) positions in classes, or None.
    """

    id: str
    features: NDArray[np.floating[Any]]
    index: NDArray[np.int64]
    images: Images | None = None
    labels: NDArray[np.int64] | None = None
    classes: tuple[str, ...] = ()

    @property
    def n(self) -> int:
        """Return how many images there are."""
        return len(self.index)

    def name(self, row: int) -> str:
        """Return what a point is called: an image seed, or the class where one is known and the position in its split."""
        if self.id not in (TRAIN, TEST):
            return f"seed {self.index[row]}"
        known = self.classes[int(self.labels[row])] if self.labels is not None and self.classes else "image"
        return f"{known} {self.index[row]}"


def _imported(dataset: str) -> Dataset | None:
    try:
        return load_dataset(dataset)
    except TdotError:
        return None


def train_cloud(reference: Reference, n: int) -> Cloud:
    """Return the first n of the reference's sampled training images, with pictures when their data set is imported.

    The sample is in an order without preference, so its first n are a fair sample too.
    """
    return reference_cloud(reference, np.arange(min(n, len(reference.rows))))


def reference_cloud(reference: Reference, rows: NDArray[np.int64]) -> Cloud:
    """Return the reference's sampled training images `rows` in that order, with pictures when their data set is imported."""
    index, data = reference.rows[rows], _imported(reference.dataset)
    images = None if data is None else np.asarray(data.images("train")[index])
    labels = None if reference.labels is None else reference.labels[rows]
    return Cloud(TRAIN, np.asarray(reference.features.array[rows]), index, images, labels, reference.classes)


def held_out_images(dataset: str, n: int) -> tuple[Images, NDArray[np.int64], NDArray[np.int64] | None] | None:
    """Return n test images drawn evenly over the split, their positions and labels; None when the data set is not imported."""
    data = _imported(dataset)
    if data is None or data.info.n_test == 0:
        return None
    index = np.sort(np.random.default_rng(TEST_SEED).permutation(data.info.n_test)[:n])
    labels = data.labels("test")
    return np.asarray(data.images("test")[index]), index, None if labels is None else np.asarray(labels[index])


def held_out_cloud(
    reference: Reference, n: int, extractor: Extractor, layer: str
) -> Generator[Progress, None, Cloud | None]:
    """Return the cloud of n test images, or None when the data set is not imported; yields the extraction's progress."""
    from tdot_core.services.features.extract import extract

    found = held_out_images(reference.dataset, n)
    if found is None:
        return None
    images, index, labels = found
    features = yield from extract(images, extractor, [layer])
    return Cloud(TEST, np.asarray(features[layer].array), index, images, labels, reference.classes)


def prior_cloud(
    prior: LoadedPrior, net: LoadedNet, settings: SampleSettings, extractor: Extractor, layer: str, device: torch.device
) -> Generator[Progress, None, Cloud]:
    """Return the cloud of a prior's generated images; what was drawn or extracted before comes from disk.

    Yields the progress of drawing, then of extraction. Raises TdotError when the prior cannot serve t_star.
    """
    from tdot_core.services.features.extract import extract
    from tdot_core.services.sampling.drawn_sets import Draw
    from tdot_core.services.sampling.generate import check_priors

    check_priors([prior], net, settings)
    images, _ = yield from Draw(prior, net, settings, device).make()
    features = yield from extract(images, extractor, [layer])
    return Cloud(prior.id, np.asarray(features[layer].array), np.array(settings.seeds), np.asarray(images))


@dataclass(frozen=True)
class CloudMeasure:
    """Say how a cloud lies beside real images.

    n: its points, and the training images that coverage and density (k = 5) are counted against; spread: its total variance
    relative to all real training images. What is undefined is None, and `note` says why.
    """

    n: int
    spread: float | None
    coverage: float | None
    density: float | None
    note: str = ""


def measure_cloud(cloud: Cloud, reference: Reference) -> CloudMeasure:
    """Measure a cloud against the first n of the reference's sampled training images, n being its own size."""
    real, fake = Features(reference.features.array[: cloud.n]), Features(cloud.features)
    found = {key: metrics.get(key)().measure(real=real, fake=fake) for key in ("coverage", "density")}
    notes = [value.note for value in found.values() if value.value is None]
    spread = None
    try:
        spread = relative_spread(real=reference.features.statistics, fake=fake.statistics)
    except TdotError as error:
        notes.append(str(error))
    return CloudMeasure(
        cloud.n, spread, found["coverage"].value, found["density"].value, " ".join(dict.fromkeys(notes))
    )


def measure_ceiling(reference: Reference, n: int) -> CloudMeasure | None:
    """Measure n further training images against the first n: what a perfect prior would reach; None when too few are there."""
    held_out = reference.features.array[n : 2 * n]
    return (
        measure_cloud(Cloud(TRAIN, np.asarray(held_out), reference.rows[n : 2 * n]), reference)
        if len(held_out) == n
        else None
    )


def stack_images(clouds: Sequence[Cloud], most: int | None = None) -> tuple[Images, dict[str, int]]:
    """Return pictures one after another, (m, 32, 32, 3), and where each cloud's begin; clouds without pictures are left out.

    most: clouds that would take the number of pictures beyond it are left out too, generated ones last.
    """
    starts: dict[str, int] = {}
    m, taken = 0, set()
    for cloud in sorted(clouds, key=lambda cloud: cloud.id in (TRAIN, TEST)):
        if cloud.images is not None and (most is None or m + cloud.n <= most):
            taken.add(cloud.id)
            m += cloud.n
    m, pictures = 0, []
    for cloud in clouds:
        if cloud.images is not None and cloud.id in taken:
            starts[cloud.id], m = m, m + cloud.n
            pictures.append(cloud.images)
    return np.concatenate(pictures) if pictures else np.zeros((0, 32, 32, 3), np.uint8), starts
