"""What starting at t* saves and costs, on real images and in numbers; no torch here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tdot_core.maths.forward import add_noise
from tdot_core.maths.quantise import array_from_uint8, array_to_uint8
from tdot_core.maths.schedule import SCHEDULES, NoiseSchedule
from tdot_core.services.catalogue.gallery import GALLERY, gallery_images, has_gallery
from tdot_core.services.datasets import Dataset, list_datasets, load_dataset

Images = npt.NDArray[np.uint8]

PREFERRED, BUILT_IN = "cifar10", "digits"
NOISE_SEED = 7

__all__ = [
    "GALLERY",
    "SCHEDULE_NAMES",
    "NoiseSchedule",
    "StartFacts",
    "example_datasets",
    "example_images",
    "noised",
    "row_of",
    "start_facts",
]

SCHEDULE_NAMES = tuple(SCHEDULES)


@dataclass(frozen=True)
class StartFacts:
    """Describe a chain that starts at t instead of T, one network call per step in both.

    alpha_bar: share of the variance that is signal, for data of unit variance; snr_db: 10 log10(alpha_bar / (1 - alpha_bar));
    steps_saved = T - t; ratio = T / t: how many times fewer network calls.
    """

    t: int
    T: int
    alpha_bar: float
    noise_std: float
    snr_db: float

    @property
    def steps_saved(self) -> int:
        """Return the steps that are never run."""
        return self.T - self.t

    @property
    def ratio(self) -> float:
        """Return how many times fewer network calls the truncated chain takes."""
        return self.T / self.t


def start_facts(t: int, schedule: NoiseSchedule) -> StartFacts:
    """Return what starting at t means under a schedule; raises TdotError for t outside 1..T."""
    t = schedule.check_t(t, "t")
    return StartFacts(
        t, schedule.T, float(schedule.alpha_bar[t]), float(schedule.noise_std[t]), float(schedule.snr_db[t])
    )


def noised(images: Images, ts: Sequence[int], schedule: NoiseSchedule, seed: int = NOISE_SEED) -> Images:
    """Return x_t = sqrt(ab_t) x0 + sqrt(1 - ab_t) eps as pixels, shape (len(ts), n, h, w, 3), for every t of ts (0..T).

    images: (n, h, w, 3) uint8. Image i has the same eps, drawn from `seed`, at every t, so that only its level changes
    (ho2020, Eq. 4). Values beyond [-1, 1] are clamped: a screen has no other pixels.
    """
    x0 = array_from_uint8(images, np.float32)
    eps = np.random.default_rng(seed).standard_normal(x0.shape, dtype=np.float32)
    frames = [array_to_uint8(add_noise(x0, eps, schedule.check_t(t, "t", low=0), schedule)) for t in ts]
    return np.stack(frames) if frames else np.empty((0, *images.shape), np.uint8)


def example_datasets() -> list[str]:
    """Return the names of what there is to look at, the most telling one first: data sets, then the gallery, then digits."""
    names = [info.name for info in list_datasets() if info.n_train or info.n_test]
    shown = dict.fromkeys([*names, *([GALLERY] if has_gallery() else [])])
    return sorted(shown, key=lambda name: (name == BUILT_IN, name == GALLERY, name != PREFERRED, name))


def example_images(dataset: str, n: int, row: int = 0) -> Images:
    """Return row after row of n images, (n, 32, 32, 3) uint8: of different classes in turn where labels are known.

    dataset: its name, or GALLERY. row: counted from 0, and again from 0 after the last one. Fewer than n when there are
    fewer left. Raises TdotError when there is no such data set or it is damaged.
    """
    if dataset == GALLERY:
        images = gallery_images()
        return images[row_of(len(images), n, row)]
    data = load_dataset(dataset)
    split = "test" if data.info.n_test else "train"
    images = data.images(split)
    kept = row_of(len(images), n, row)
    chosen = (_one_per_class(data, split, kept.stop) or list(range(len(images))))[kept]
    return np.stack([images[k] for k in chosen]) if chosen else np.empty((0, 32, 32, 3), np.uint8)


def row_of(count: int, n: int, row: int) -> slice:
    """Return which of `count` things make up a row of n, row after row, from the first again after the last."""
    start = row * n % (math.ceil(count / n) * n) if count else 0
    return slice(start, min(start + n, count))


def _one_per_class(data: Dataset, split: str, n: int) -> list[int]:
    labels = data.labels(split)
    if labels is None:
        return []
    places = [np.flatnonzero(labels == k) for k in range(len(data.info.classes))]
    rounds = max((len(p) for p in places), default=0)
    ordered = [int(p[r]) for r in range(min(rounds, n)) for p in places if r < len(p)]
    return ordered[:n]
