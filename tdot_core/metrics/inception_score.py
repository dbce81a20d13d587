"""The Inception Score (Salimans 2016)."""

from __future__ import annotations

import numpy as np

from tdot_core.errors import TdotError
from tdot_core.metrics.base import Metric
from tdot_core.metrics.extras import Extras
from tdot_core.metrics.features import Features
from tdot_core.metrics.pairs import Float64

AT_LEAST = 2


def inception_score(probabilities: Float64) -> float:
    """Return exp((1/n) sum_i KL(p_i, mean p)) over class probabilities (n, c), in [1, c]; 0 log 0 is 0.

    Salimans 2016, section 4, on all n images at once: the usual mean over ten splits is lower, the more so the fewer images.
    """
    p, mean = probabilities, probabilities.mean(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(p > 0, p * (np.log(p) - np.log(mean)), 0.0)
    return float(np.exp(terms.sum(axis=1).mean()))


class InceptionScore(Metric):
    """The Inception Score as a registered metric."""

    key = "inception_score"
    label = "Inception Score"
    summary = (
        "How sure the classifier is about each fake image while the classes vary among them: 1 at worst, the number of "
        "classes at best. It never looks at real images, and rises with n."
    )
    formula = r"\exp\Bigl(\frac1m\sum_j \mathrm{KL}\bigl(p(y\mid f_j)\,\Vert\,\textstyle\frac1m\sum_i p(y\mid f_i)\bigr)\Bigr)"
    direction = "higher"
    reference = "salimans2016"
    equation = "section 4"
    needs = "features"
    reads = ("probabilities",)
    order = 10

    def title(self, distance: str) -> str:
        # The score proper is that of the network whose Fréchet distance is the FID.
        return "IS" if distance.startswith("FID") else f"IS-{distance.removeprefix('FD-')}"

    def compute(self, *, real: Features, fake: Features, extra: Extras) -> float:
        probabilities = extra.need_probabilities()
        if len(probabilities) != fake.n:
            raise TdotError(f"There are {len(probabilities)} rows of class probabilities for {fake.n} fake images.")
        if len(probabilities) < AT_LEAST:
            raise TdotError(f"This needs at least {AT_LEAST} fake images, found {len(probabilities)}. Take more.")
        return inception_score(probabilities)

    def note(self, *, real: Features, fake: Features, extra: Extras) -> str:
        return "All images in one split."
