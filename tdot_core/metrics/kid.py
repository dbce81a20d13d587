"""Kernel (Inception) distance: squared maximum mean discrepancy with a cubic kernel (Bińkowski 2018)."""

from __future__ import annotations

from typing import Any

import numpy as np

from tdot_core.errors import TdotError
from tdot_core.metrics.base import Metric
from tdot_core.metrics.checks import Array, checked_pair, finite
from tdot_core.metrics.extras import Extras
from tdot_core.metrics.features import Features

SUBSETS = 100
SUBSET_SIZE = 1000
SEED = 2020


def _kernel(x: Array, y: Array) -> Array:
    products: Array = x @ y.T
    products /= x.shape[1]
    products += 1
    # Squaring and multiplying is ten times faster than a power of 3.
    products *= np.square(products)
    return products


def _mmd2(x: Array, y: Array) -> float:
    m = len(x)
    within = sum(float(k.sum() - np.trace(k)) for k in (_kernel(x, x), _kernel(y, y)))
    return within / (m * (m - 1)) - 2 * float(_kernel(x, y).sum()) / m**2


def subset_size(n_real: int, n_fake: int) -> int:
    """Return min(1000, n_real, n_fake)."""
    return min(SUBSET_SIZE, n_real, n_fake)


def kernel_distance(
    *, real: Any, fake: Any, subsets: int = SUBSETS, size: int | None = None, seed: int = SEED
) -> float:
    """Return the mean over random subsets of the unbiased MMD^2 with k(x, y) = (x.y / d + 1)^3; near 0, also below, at equality.

    real (n, d), fake (m, d); size: images per subset, default min(1000, n, m). Each subset is drawn without replacement,
    first fake, then real, from RandomState(seed): torch-fidelity's order for input1 = fake, input2 = real. Kernels and sums
    are float64 (Bińkowski 2018, Eq. 4). Raises TdotError with fewer than 2 images or on features that are not finite.
    """
    real, fake = checked_pair(real, fake, at_least=2)
    size = subset_size(len(real), len(fake)) if size is None else size
    if not 2 <= size <= min(len(real), len(fake)) or subsets < 1:
        raise TdotError(
            f"A KID subset needs 2 to {min(len(real), len(fake))} images, and one subset at least; found {size}."
        )
    rng, total = np.random.RandomState(seed), 0.0
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(subsets):
            x = fake[rng.choice(len(fake), size, replace=False)].astype(np.float64)
            y = real[rng.choice(len(real), size, replace=False)].astype(np.float64)
            total += _mmd2(x, y)
    return finite("KID", total / subsets)


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
