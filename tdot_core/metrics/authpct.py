"""AuthPct: the share of fake images that are no near copies of training images (Alaa 2022)."""

from __future__ import annotations

from typing import Any

import numpy as np

from tdot_core.metrics.base import Metric
from tdot_core.metrics.checks import checked_pair
from tdot_core.metrics.extras import Extras
from tdot_core.metrics.features import Features
from tdot_core.metrics.neighbours import Neighbourhoods, nearest_squared
from tdot_core.metrics.pairs import Float64, Index


def _percent(squared: Float64, rows: Index, balls: Neighbourhoods) -> float:
    return 100 * float(np.mean(squared > balls.radius2(1)[rows]))


def authpct(*, real: Any, fake: Any) -> float:
    """Return 100 times the share of fakes farther (>) from their nearest real feature than that one is from its own nearest.

    Authenticity of Alaa 2022 as a percentage; ties of the nearest go to the lowest row.
    real (n >= 2, d): training features; fake (m, d). Raises TdotError with too few or non-finite features.
    """
    real, fake = checked_pair(real, fake)
    return _percent(*nearest_squared(fake, real), Neighbourhoods(real))


class AuthPct(Metric):
    """AuthPct as a registered metric."""

    key = "authpct"
    label = "AuthPct"
    summary = (
        "Percentage of fake images that are farther from the nearest training image than that image is from the next one: 0 when "
        "everything is copied. Any bad image counts as authentic too, so read it beside a distance; CIFAR-10 test images give about 65 (cifar-cnn features, n = 2000)."
    )
    formula = (
        r"\frac{100}{m}\sum_j \mathbf 1\bigl[\lVert f_j-r_{i(j)}\rVert > \min_{l\ne i(j)}\lVert r_l-r_{i(j)}\rVert\bigr],"
        r"\qquad i(j)=\operatorname{argmin}_i\lVert f_j-r_i\rVert"
    )
    direction = "higher"
    reference = "alaa2022"
    equation = "authenticity"
    needs = "features"
    order = 11

    def compute(self, *, real: Features, fake: Features, extra: Extras) -> float:
        return _percent(*fake.nearest(real), real.neighbourhoods)

    def note(self, *, real: Features, fake: Features, extra: Extras) -> str:
        whole = real.statistics.n or real.n
        return (
            "" if whole <= real.n else f"Against {real.n} of {whole} training images: copies of the others go unseen."
        )
