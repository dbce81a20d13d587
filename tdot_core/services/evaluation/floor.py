"""The floor of a table: real images of the test split against the same reference as every prior."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tdot_core.errors import TdotError
from tdot_core.maths.streams import stream
from tdot_core.services.datasets import load_dataset
from tdot_core.services.evaluation.spec import EvaluationSpec

FEWEST = 2


@dataclass(frozen=True)
class Floor:
    """Hold independent sets of real test images; refusal says why there are none; note where they are fewer than asked."""

    sets: tuple[npt.NDArray[np.uint8], ...] = ()
    refusal: str = ""
    note: str = ""


def floor_images(spec: EvaluationSpec) -> Floor:
    """Take disjoint sets of test images, as many and as large as the spec's where the split allows.

    The image of seed s is number permutation[s mod n_test], the one that the oracle noises for that seed.
    """
    try:
        images = load_dataset(spec.dataset).images("test")
    except TdotError as error:
        return Floor(refusal=f"Not measured: the images of {spec.dataset} are not here. {error}")
    n = min(spec.n, len(images))
    if n < FEWEST:
        return Floor(
            refusal=f"Not measured: {spec.dataset} has {len(images)} test images and this takes at least {FEWEST}."
        )
    sets = min(spec.sets, len(images) // n)
    permutation = stream(0, "index").permutation(len(images))
    seeds = (spec.seed + np.arange(sets * n)) % len(images)
    taken = tuple(np.asarray(images[np.asarray(permutation[seeds[k * n : (k + 1) * n]])]) for k in range(sets))
    whole = (n, sets) == (spec.n, spec.sets)
    return Floor(
        taken,
        note=""
        if whole
        else f"There are only {len(images)} test images: {sets} x {n} instead of {spec.sets} x {spec.n}.",
    )
