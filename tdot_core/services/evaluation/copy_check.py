"""The nearest training images of a set that could hold copies, found while it is evaluated."""

from __future__ import annotations

import hashlib
from collections.abc import Generator
from dataclasses import replace

import numpy as np

from tdot_core.errors import TdotError
from tdot_core.models.extractor import Extractor
from tdot_core.progress import Progress
from tdot_core.services.copies.matches import (
    Images,
    Matches,
    Rows,
    by_features,
    by_pixels,
    matches_path,
    save_matches,
    strangers,
)
from tdot_core.services.datasets import Dataset, load_dataset
from tdot_core.services.evaluation.measurer import Space
from tdot_core.services.features.extract import extract, images_hash

MOST = 1000


def keep_nearest(
    images: Images, dataset: str, extractor: Extractor, space: Space, rows: Rows | None = None
) -> Generator[Progress, None, str]:
    """Find the nearest training image of each of the images at places `rows`, by default the first 1,000, and return the key
    of what was found.

    Pixels are searched in the whole training split, features in the reference's rows. Returns "" when the data set's images
    are not here: there would be nothing to show.
    """
    try:
        data = load_dataset(dataset)
    except TdotError:
        return ""
    rows = np.arange(min(len(images), MOST)) if rows is None else rows
    images = np.asarray(images[rows])
    facts = f"{images_hash(images)} {data.info.id} {extractor.fingerprint} {space.layer} {space.digest}"
    facts += "" if np.array_equal(rows, np.arange(len(rows))) else hashlib.sha256(rows.tobytes()).hexdigest()
    key = hashlib.sha256(facts.encode()).hexdigest()[:32]
    if not matches_path(key).exists():
        found = [replace(one, index=rows[one.index]) for one in (yield from _matched(images, data, extractor, space))]
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
