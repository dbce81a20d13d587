"""C_T: whether fake images lie nearer to the training images than unseen real ones do (Meehan 2020)."""

from __future__ import annotations

from typing import Any

import numpy as np

from tdot_core.errors import TdotError
from tdot_core.metrics.base import Metric
from tdot_core.metrics.checks import checked_pair
from tdot_core.metrics.extras import Extras
from tdot_core.metrics.features import Features
from tdot_core.metrics.neighbours import nearest_squared
from tdot_core.metrics.pairs import Float64

AT_LEAST = 8


def rank_sum_z(x: Float64, y: Float64) -> float:
    """Return the Mann-Whitney z of x (m,) against y (n,): (U - m n / 2) / sigma, U the pairs with x > y, ties one half.

    sigma^2 = m n / 12 (N + 1 - sum (t^3 - t) / (N (N - 1))), N = m + n, t the sizes of groups of equal values; no continuity
    correction. Raises TdotError when all values are equal.
    """
    m, n = len(x), len(y)
    total = m + n
    _, group, size = np.unique(np.concatenate([x, y]), return_inverse=True, return_counts=True)
    if len(size) == 1:
        raise TdotError(
            "All fake and held-out images are equally far from the training images, so nothing can be ranked."
        )
    rank = (np.cumsum(size) - (size - 1) / 2)[group]
    u = float(rank[:m].sum()) - m * (m + 1) / 2
    t = size.astype(np.float64)
    tied = float((t**3 - t).sum()) / (total * (total - 1))
    return (u - m * n / 2) / float(np.sqrt(m * n / 12 * (total + 1 - tied)))


def data_copying_z(*, train: Any, heldout: Any, fake: Any) -> float:
    """Return the z-score of "a fake is farther from its nearest training feature than a held-out real one is from its".

    The global test of Meehan 2020: the whole space is one cell. train (n, d), heldout (k, d), fake (m, d). Raises TdotError with fewer
    than 8 held-out or fake images, and on non-finite or mismatched features.
    """
    distances = [nearest_squared(*reversed(checked_pair(train, side)))[0] for side in (fake, heldout)]
    return _z(*distances)


def _z(fake: Float64, heldout: Float64) -> float:
    if min(len(fake), len(heldout)) < AT_LEAST:
        raise TdotError(
            f"This needs at least {AT_LEAST} fake and {AT_LEAST} held-out images, found {len(fake)} and {len(heldout)}."
        )
    return rank_sum_z(fake, heldout)


class CT(Metric):
    """The C_T statistic as a registered metric."""

    key = "ct"
    label = "C_T"
    summary = (
        'Are fake images nearer to the training images than unseen real images are? Standard deviations away from "equally near": below '
        "-3 they copy, within 3 nothing can be told, above 3 they are farther from real images than they should be. It grows with n."
    )
    formula = (
        r"\frac{U-\frac{mk}2}{\sqrt{\frac{mk(m+k+1)}{12}}},\qquad U=\sum_{j\le m}\sum_{l\le k}\mathbf 1\bigl[d(f_j)>d(h_l)\bigr],"
        r"\quad d(x)=\min_i\lVert x-r_i\rVert,\ h\ \text{held out}"
    )
    direction = "zero"
    reference = "meehan2020"
    equation = "global test"
    needs = "features"
    reads = ("heldout",)
    order = 12

    def compute(self, *, real: Features, fake: Features, extra: Extras) -> float:
        return _z(fake.nearest(real)[0], extra.need_heldout().nearest(real)[0])

    def note(self, *, real: Features, fake: Features, extra: Extras) -> str:
        return f"Against {extra.need_heldout().n} held-out and {real.n} training images."
