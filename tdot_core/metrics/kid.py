"""Kernel (Inception) distance: squared maximum mean discrepancy with a cubic kernel (Bińkowski 2018)."""

from __future__ import annotations

from typing import Any

import numpy as np

from tdot_core.errors import TdotError
from tdot_core.metrics.base import Metric
from tdot_core.metrics.checks import Array, checked_pair, finite
from tdot_core.metrics.extras import Extras
from tdot_core.metrics.features import Features
from tdot_core.metrics.pairs import Float64

SUBSETS = 100
SUBSET_SIZE = 1000
SEED = 2020
ROWS = 200
ROUNDING, NEGLIGIBLE = 1e-14, 1e-6


def _augmented(features: Array) -> Float64:
    """Return rows whose dot products are x.y / d + 1, so that no pass over the matrix of products is needed for it."""
    n, d = features.shape
    out = np.ones((n, d + 1))
    np.divide(features, np.sqrt(d), out=out[:, :d])
    return out


def _cubes(products: Float64) -> float:
    return float(np.vdot(products * products, products))


def _within(x: Float64) -> float:
    """Return the sum of k over all pairs of different rows, each block of products small enough for the cache."""
    total = 0.0
    for start in range(0, len(x), ROWS):
        block = x[start : start + ROWS]
        square = block @ block.T
        np.fill_diagonal(square, 0)
        total += _cubes(square) + 2 * _cubes(block @ x[start + ROWS :].T)
    return total


def _across(x: Float64, y: Float64) -> float:
    return sum(_cubes(x[start : start + ROWS] @ y.T) for start in range(0, len(x), ROWS))


def _mmd2(x: Float64, y: Float64) -> tuple[float, float]:
    """Return the unbiased MMD^2 of m rows each, and the size of the numbers that were subtracted to get it."""
    m = len(x)
    terms = _within(x) / (m * (m - 1)), _within(y) / (m * (m - 1)), -2 * _across(x, y) / m**2
    return sum(terms), sum(abs(term) for term in terms)


def subset_size(n_real: int, n_fake: int) -> int:
    """Return min(1000, n_real, n_fake)."""
    return min(SUBSET_SIZE, n_real, n_fake)


def kernel_distance(
    *, real: Any, fake: Any, subsets: int = SUBSETS, size: int | None = None, seed: int = SEED
) -> float:
    """Return the mean over random subsets of the unbiased MMD^2 with k(x, y) = (x.y / d + 1)^3; near 0, also below, at equality.

    real (n, d), fake (m, d); size: images per subset, default min(1000, n, m). Each subset is drawn without replacement,
    first fake, then real, from RandomState(seed): torch-fidelity's order for input1 = fake, input2 = real. Kernels and sums
    are float64 (Bińkowski 2018, Eq. 4). Raises TdotError with fewer than 2 images, on features that are not finite, or so far
    from 0 that rounding would show.
    """
    real, fake = checked_pair(real, fake, at_least=2)
    size = subset_size(len(real), len(fake)) if size is None else size
    if not 2 <= size <= min(len(real), len(fake)) or subsets < 1:
        raise TdotError(
            f"A KID subset needs 2 to {min(len(real), len(fake))} images, and one subset at least; found {size}."
        )
    rng, values, sizes = np.random.RandomState(seed), [], []
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(subsets):
            x = _augmented(fake[rng.choice(len(fake), size, replace=False)])
            y = _augmented(real[rng.choice(len(real), size, replace=False)])
            value, subtracted = _mmd2(x, y)
            values.append(value)
            sizes.append(subtracted)
    value = finite("KID", sum(values) / subsets)
    rounding = ROUNDING * max(sizes)
    if rounding > max(NEGLIGIBLE, abs(value) / 1000):
        raise TdotError(
            f"KID is lost in rounding: it is the small difference of numbers of size {max(sizes):.2g}. Scale the features down."
        )
    return value


class KernelDistance(Metric):
    """The kernel distance as a registered metric."""

    key = "kid"
    label = "KID"
    summary = (
        "A kernel distance between real and fake features, unbiased at any number of images; 0 when they agree, and slightly "
        "negative by chance."
    )
    formula = r"\mathbb E\,k(r,r') + \mathbb E\,k(f,f') - 2\,\mathbb E\,k(r,f),\qquad k(x,y)=\bigl(x^\top y/d+1\bigr)^3"
    direction = "lower"
    reference = "binkowski2018"
    equation = "Eq. 4"
    needs = "features"
    order = 4

    def compute(self, *, real: Features, fake: Features, extra: Extras) -> float:
        return kernel_distance(real=real.array, fake=fake.array)

    def note(self, *, real: Features, fake: Features, extra: Extras) -> str:
        size = subset_size(real.n, fake.n)
        return "" if size == SUBSET_SIZE else f"Subsets of {size} images instead of {SUBSET_SIZE}: no more are there."
