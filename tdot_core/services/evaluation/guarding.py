"""The nearest training images of a set that could hold copies, found while it is evaluated."""

from __future__ import annotations

import hashlib
from collections.abc import Generator

import numpy as np
import numpy.typing as npt

from tdot_core.errors import TdotError
from tdot_core.metrics.features import Features
from tdot_core.models.extractor import Extractor
from tdot_core.progress import Progress
from tdot_core.services.copies import Matches, by_pixels, matches, matches_path, save_matches
from tdot_core.services.datasets import Dataset, load_dataset
from tdot_core.services.evaluation.heldout import HeldOut, taking_order
from tdot_core.services.evaluation.measuring import Space
from tdot_core.services.features import extract, images_hash

MOST, TEST = 1000, 200

Images = npt.NDArray[np.uint8]


def guarded(images: Images, dataset: str, extractor: Extractor, space: Space) -> Generator[Progress, None, str]:
    """Find the nearest training image of each of the first 1,000 images and return the key of what was found.

    Pixels are searched in the whole training split, features in the reference's rows. Returns "" when the data set's images
    are not here: there would be nothing to show.
    """
    try:
        data = load_dataset(dataset)
    except TdotError:
        return ""
    images = np.asarray(images[:MOST])
    facts = f"{images_hash(images)} {data.info.id} {extractor.fingerprint} {space.layer} {space.digest}"
    key = hashlib.sha256(facts.encode()).hexdigest()[:32]
    if not matches_path(key).exists():
        found = yield from _matched(images, data, extractor, space)
        try:
            save_matches(key, found)
        except OSError as error:
            raise TdotError(f"The nearest training images could not be kept ({error.strerror}). Free space.") from error
    return key


def _matched(
    images: Images, data: Dataset, extractor: Extractor, space: Space
) -> Generator[Progress, None, list[Matches]]:
    yield Progress(0, 2, {}, "nearest training images, pixels")
    train = data.images("train")
    found = [by_pixels(images, train, strangers(data))]
    yield Progress(1, 2, {}, "nearest training images, features")
    fake = (yield from extract(images, extractor, [space.layer]))[space.layer]
    if space.real.features.n:
        found.append(
            by_features(
                images,
                fake,
                space.real.features,
                space.real.rows,
                train,
                f"{extractor.key} {space.layer}",
                space.heldout,
            )
        )
    return found


def by_features(
    images: Images,
    fake: Features,
    known: Features,
    rows: npt.NDArray[np.int64],
    train: Images,
    name: str,
    heldout: HeldOut | None,
) -> Matches:
    """Match images by features; rows: the place in the training split of each row of known; heldout: test images' features."""
    squared, nearest = fake.nearest(known)
    test = heldout.features() if heldout is not None else None
    usual = None if test is None else float(np.median(np.sqrt(test.nearest(known)[0])))
    return matches(name, images, train, np.asarray(rows)[nearest], np.sqrt(squared), known.n, usual)


def strangers(data: Dataset) -> Images | None:
    """Return up to 200 test images, whose distances show what is usual between different pictures; None without any."""
    if not data.info.n_test:
        return None
    rows = taking_order(data.info.n_test)[::-1][:TEST]
    return np.asarray(data.images("test")[np.sort(rows)])
