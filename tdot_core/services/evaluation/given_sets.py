"""Sets of images that no chain draws: real test images, the floor of a table, and images made by other tools."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tdot_core.errors import TdotError
from tdot_core.services.datasets import load_dataset
from tdot_core.services.datasets.outside import Outside
from tdot_core.services.evaluation.spec import MAX_N, EvaluationSpec
from tdot_core.services.features.heldout import taking_order

FEWEST = 2


@dataclass(frozen=True)
class GivenSets:
    """Hold independent sets of images; refusal says why there are none; note what a reader must know.

    rows: for real test images, the positions of each set in the test split.
    """

    sets: tuple[npt.NDArray[np.uint8], ...] = ()
    rows: tuple[npt.NDArray[np.int64], ...] = ()
    refusal: str = ""
    note: str = ""


def floor_images(spec: EvaluationSpec) -> GivenSets:
    """Take disjoint sets of test images, as many and as large as the spec's where the split allows.

    The image of seed s is number permutation[s mod n_test], the one that the oracle noises for that seed.
    """
    try:
        images = load_dataset(spec.dataset).images("test")
    except TdotError as error:
        return GivenSets(refusal=f"Not measured: the images of {spec.dataset} are not here. {error}")
    n, sets, note = _amount(spec, len(images), "test images")
    if not sets:
        return GivenSets(
            refusal=f"Not measured: {spec.dataset} has {len(images)} test images and this takes at least {FEWEST}."
        )
    seeds = (spec.seed + np.arange(sets * n)) % len(images)
    order = taking_order(len(images))
    rows = tuple(np.asarray(order[seeds[k * n : (k + 1) * n]]) for k in range(sets))
    return GivenSets(tuple(np.asarray(images[chosen]) for chosen in rows), rows, note=note)


def outside_sets(spec: EvaluationSpec, outside: Outside) -> GivenSets:
    """Cut images made elsewhere into as many sets as the spec's where there are enough; n = MAX_N takes all of them.

    One set of all images keeps their order; otherwise they are taken in one fixed shuffled order, since files are often sorted
    by class, and the note says how many are left out.
    """
    n, sets, note = _amount(spec, len(outside.images), "images")
    if not sets:
        raise TdotError(f"{outside.name} holds {len(outside.images)} image; an evaluation takes at least {FEWEST}.")
    available = len(outside.images)
    if sets == 1 and n == available:
        return GivenSets((outside.images,), note=" ".join(part for part in (note, outside.note) if part))
    order = taking_order(available)
    taken = tuple(np.asarray(outside.images[np.sort(order[k * n : (k + 1) * n])]) for k in range(sets))
    left = available - sets * n
    told = f"{left:,} of {available:,} images were left out; which ones is one fixed random choice." if left else ""
    return GivenSets(taken, note=" ".join(part for part in (note, told, outside.note) if part))


def _amount(spec: EvaluationSpec, available: int, what: str) -> tuple[int, int, str]:
    """Return (n, sets, note): as many as the spec's where there are enough images; no sets with fewer than 2 images."""
    n = min(spec.n, available)
    if n < FEWEST:
        return n, 0, ""
    sets = min(spec.sets, available // n)
    if (n, sets) == (spec.n, spec.sets) or (spec.n == MAX_N and sets == spec.sets):
        return n, sets, ""
    return n, sets, f"There are only {available} {what}: {sets} x {n} instead of {spec.sets} x {spec.n}."
