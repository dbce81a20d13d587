"""Sets of images that no chain draws: real test images, the floor of a table, and images made by other tools."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tdot_core.errors import TdotError
from tdot_core.services.datasets import load_dataset
from tdot_core.services.evaluation.heldout import taking_order
from tdot_core.services.evaluation.spec import EvaluationSpec
from tdot_core.services.outside import Outside

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
    """Cut images made elsewhere, in their order, into as many sets as the spec's where there are enough."""
    n, sets, note = _amount(spec, len(outside.images), "images")
    if not sets:
        raise TdotError(f"{outside.name} holds {len(outside.images)} image; an evaluation takes at least {FEWEST}.")
    taken = tuple(outside.images[k * n : (k + 1) * n] for k in range(sets))
    return GivenSets(taken, note=" ".join(part for part in (note, outside.note) if part))


def _amount(spec: EvaluationSpec, available: int, what: str) -> tuple[int, int, str]:
    """Return (n, sets, note): as many as the spec's where there are enough images; no sets with fewer than 2 images."""
    n = min(spec.n, available)
    if n < FEWEST:
        return n, 0, ""
    sets = min(spec.sets, available // n)
    if (n, sets) == (spec.n, spec.sets):
        return n, sets, ""
    return n, sets, f"There are only {available} {what}: {sets} x {n} instead of {spec.sets} x {spec.n}."
