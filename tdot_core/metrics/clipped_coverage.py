"""Clipped coverage (Salvy 2025): coverage that fewer good images lower in step."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import betaln, gammaln

from tdot_core.metrics.base import Metric
from tdot_core.metrics.checks import Array, checked_pair
from tdot_core.metrics.extras import Extras
from tdot_core.metrics.features import Features
from tdot_core.metrics.neighbours import Neighbourhoods, k_smallest
from tdot_core.metrics.pairs import Float64, all_rows

K = 5


def expected_filling(n: int, m: int) -> Float64:
    """Return, for 0..m fakes distributed as n real points are, the expected mean of min(fakes in a real point's ball, 5) / 5, (m + 1,).

    The share of fakes in a ball that reaches the 5th of n - 1 others is beta(5, n - 5) distributed, whatever the distribution, so
    their number is beta-binomial; increasing in the number of fakes.
    """
    fakes = np.arange(m + 1, dtype=np.float64)
    filling = np.full(m + 1, float(K))
    for j in range(K):
        left = np.maximum(fakes - j, 0)
        log_ways = gammaln(fakes + 1) - gammaln(j + 1.0) - gammaln(left + 1)
        probability = np.exp(log_ways + betaln(K + j, n - K + left) - betaln(K, n - K))
        filling -= (K - j) * np.where(fakes >= j, probability, 0)
    return filling / K


def _clipped_coverage(real: Array, fake: Array, balls: Neighbourhoods) -> float:
    radius2 = balls.radius2(K)
    nearest, _ = k_smallest(all_rows(real), all_rows(fake), min(K, len(fake)))
    filling = (nearest < radius2[:, None]).sum() / (K * len(real))
    # From the mean to the number of good fakes that would give it: without this, half of the fakes fill more than half.
    # Rounding must not decide between equal numbers.
    good = np.searchsorted(expected_filling(len(real), len(fake)), filling * (1 - 1e-9))
    return float(good / (len(fake) + 1))


def clipped_coverage(*, real: Any, fake: Any) -> float:
    """Return about the share of the fakes that real images would need to fill the real balls as far as they are filled, in [0, 1].

    A ball reaches a real image's 5th neighbour, itself not counted (<), and is full with 5 fakes. Salvy 2025, clipped coverage; the mean
    filling is turned into a share by its exact expectation (`expected_filling`). real (n > 5, d), fake (m, d). Raises TdotError with too
    few or non-finite features.
    """
    real, fake = checked_pair(real, fake)
    return _clipped_coverage(real, fake, Neighbourhoods(real))


class ClippedCoverage(Metric):
    """Clipped coverage as a registered metric."""

    key = "clipped_coverage"
    label = "Clipped coverage"
    summary = (
        "How much of the real variety the fakes reach, as the share of as many real images that would reach as much: it falls in step with "
        "the share of bad images, where coverage stays high."
    )
    formula = (
        r"g\Bigl(\frac1{5n}\sum_i\min\bigl(5,\#\{j:\lVert f_j-r_i\rVert<\mathrm{NN}_5(r_i)\}\bigr)\Bigr),\quad "
        r"g^{-1}(k/m)=\frac15\,\mathbb E\min(5,B_k),\ B_k\sim\mathrm{BetaBin}(k,5,n-5)"
    )
    direction = "higher"
    reference = "salvy2025"
    needs = "features"
    order = 14

    def compute(self, *, real: Features, fake: Features, extra: Extras) -> float:
        return _clipped_coverage(real.array, fake.array, real.neighbourhoods)
