"""Real test images for the metrics that compare with what no prior was trained on."""

from __future__ import annotations

import hashlib
from collections.abc import Generator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from tdot_core.errors import TdotError
from tdot_core.maths.streams import stream
from tdot_core.metrics.features import Features
from tdot_core.models.extractor import Extractor
from tdot_core.progress import Progress
from tdot_core.services.datasets import load_dataset
from tdot_core.services.features.extract import extract

FEWEST = 20
Rows = npt.NDArray[np.int64]


def taking_order(n_test: int) -> Rows:
    """Return the order in which test images are taken, that of the oracle: image seed s gets entry s mod n_test."""
    return np.asarray(stream(0, "index").permutation(n_test))


def chosen(available: int, n: int) -> Rows:
    """Return the places, ascending, of n images out of many in any order: all of them, else one fixed random choice."""
    return np.arange(available) if n >= available else np.sort(taking_order(available)[:n])


@dataclass(eq=False)
class HeldOut:
    """Features of test images `rows`, in that order; array is None where there are none, and `why` says so."""

    array: npt.NDArray[np.float32] | None = None
    rows: Rows = field(default_factory=lambda: np.zeros(0, np.int64))
    identity: str = ""
    why: str = ""
    _made: dict[bytes, Features | None] = field(default_factory=dict)

    def _left(self, without: Rows | None) -> npt.NDArray[np.bool_]:
        return np.ones(len(self.rows), bool) if without is None else ~np.isin(self.rows, without)

    def features(self, without: Rows | None = None) -> Features | None:
        """Return the features of those that are not among the test images `without`; None with fewer than 20 left.

        One object per request, on which metrics keep what they compute.
        """
        if self.array is None:
            return None
        left = self._left(without)
        if left.tobytes() not in self._made:
            self._made[left.tobytes()] = Features(self.array[left], name="held-out") if left.sum() >= FEWEST else None
        return self._made[left.tobytes()]

    def reason(self, without: Rows | None = None) -> str:
        """Return why `features` gives none."""
        if self.array is None:
            return self.why
        left, taken = int(self._left(without).sum()), len(self.rows)
        return f"Of the {taken:,} test images taken to compare with, only {left} are not among these themselves; it takes {FEWEST}."

    def digest(self, without: Rows | None = None) -> str:
        """Return the hash of what `features` gives."""
        rows = self.rows[self._left(without)]
        return hashlib.sha256(self.identity.encode() + rows.tobytes()).hexdigest() if self.array is not None else "none"


def held_out(
    dataset: str, n: int, extractor: Extractor, layers: list[str]
) -> Generator[Progress, None, dict[str, HeldOut]]:
    """Extract n test images of a data set, or 20, the last in the order of the oracle, so that the floor seldom has the same.

    Without test images, or with fewer than 20, every layer gets a HeldOut that says why.
    """
    try:
        data = load_dataset(dataset)
        images = data.images("test")
    except TdotError as error:
        return {layer: HeldOut(why=f"Needs test images of {dataset}. {error}") for layer in layers}
    if len(images) < FEWEST:
        why = f"{data.info.name} has {len(images)} test images and this takes at least {FEWEST}."
        return {layer: HeldOut(why=why) for layer in layers}
    rows = np.sort(taking_order(len(images))[::-1][: max(n, FEWEST)])
    found = yield from extract(np.asarray(images[rows]), extractor, layers)
    identity = f"{data.info.id} {extractor.fingerprint}"
    return {layer: HeldOut(found[layer].array, rows, f"{identity} {layer}") for layer in layers}
