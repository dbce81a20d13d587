"""What some metrics read besides the real and the fake features."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tdot_core.errors import TdotError
from tdot_core.metrics.features import Features

ROUNDING = 1e-3
_MISSING = {
    "heldout": "This needs features of real images that no prior was trained on (the test split); none are given.",
    "probabilities": "This needs the class probabilities of the fake images; this extractor and layer give none.",
}


@dataclass(frozen=True, eq=False)
class Extras:
    """Hold what a metric may ask for in its `reads`; None where it is not there, and `reasons` may say why, by name.

    heldout: features of real images outside the training split, from the same extractor and layer. probabilities: (n_fake,
    classes), row i the class probabilities of fake image i, from the same extractor.
    """

    heldout: Features | None = None
    probabilities: NDArray[np.floating[Any]] | None = None
    reasons: Mapping[str, str] = field(default_factory=dict)

    def need_heldout(self) -> Features:
        """Return the held-out features; raises TdotError with the reason when there are none."""
        if self.heldout is None:
            raise self._missing("heldout")
        return self.heldout

    def need_probabilities(self) -> NDArray[np.float64]:
        """Return the class probabilities (n, c) in float64, each row scaled to sum 1.

        Raises TdotError with the reason when there are none, or when a row is no distribution.
        """
        if self.probabilities is None:
            raise self._missing("probabilities")
        given = np.asarray(self.probabilities)
        if given.ndim != 2 or 0 in given.shape or given.dtype.kind != "f":
            raise TdotError(f"Class probabilities must have shape (n, classes), found {given.dtype} {given.shape}.")
        found = given.astype(np.float64)
        total = found.sum(axis=1, keepdims=True)
        if not (np.isfinite(total).all() and found.min() >= 0 and np.abs(total - 1).max() <= ROUNDING):
            raise TdotError(
                "Class probabilities must be finite, at or above 0, and sum to 1 in each row; these do not."
            )
        return np.asarray(found / total)

    def _missing(self, name: str) -> TdotError:
        return TdotError(self.reasons.get(name) or _MISSING[name])


NOTHING = Extras()
"""No extras: a metric that reads some is not measured."""
