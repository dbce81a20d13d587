"""Every metric again in the plainest float64, sharing no code with the real ones; for small arrays."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import ot
import scipy.stats
from numpy.typing import NDArray

from tdot_core.metrics.sliced_wasserstein import unit_directions

F = NDArray[np.float64]
Plain = Callable[[F, F, F, F], float | None]
"""real, fake, heldout, class probabilities of fake => the value, or None where it is undefined."""


def squared(x: F, y: F) -> F:
    return ((x[:, None] - y[None]) ** 2).sum(-1)


def _moments(x: F) -> tuple[F, F]:
    centred = x - x.mean(axis=0)
    return x.mean(axis=0), centred.T @ centred / (len(x) - 1)


def _root(a: F) -> F:
    values, vectors = np.linalg.eigh(a)
    return (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T


def frechet(real: F, fake: F) -> float | None:
    if min(len(real), len(fake)) < 2:
        return None
    # Products of covariances overflow first, so they are those of scaled features.
    scale = max(np.abs(real).max(), np.abs(fake).max()) or 1.0
    (m, a), (n, b) = _moments(real / scale), _moments(fake / scale)
    root = _root(a)
    overlap = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ b @ root), 0)).sum()
    return float(((m - n) ** 2).sum() + np.trace(a) + np.trace(b) - 2 * overlap) * scale**2


def frechet_inf(real: F, fake: F) -> float | None:
    if len(real) < 2 or len(fake) < 10:
        return None
    order, x, y = np.random.RandomState(2020).permutation(len(fake)), [], []
    for k in range(1, 6):
        size = len(fake) // k
        parts = [frechet(real, fake[order[i * size :][:size]]) for i in range(k)]
        x.append(1 / size)
        y.append(np.mean([p for p in parts if p is not None]))
    return float(scipy.stats.linregress(x, y).intercept)


def kid(real: F, fake: F) -> float | None:
    size = min(1000, len(real), len(fake))
    if size < 2:
        return None
    rng, values = np.random.RandomState(2020), []
    for _ in range(100):
        x, y = fake[rng.choice(len(fake), size, replace=False)], real[rng.choice(len(real), size, replace=False)]
        xx, yy, xy = ((a @ b.T / x.shape[1] + 1) ** 3 for a, b in ((x, x), (y, y), (x, y)))
        off = ~np.eye(size, dtype=bool)
        values.append(xx[off].mean() + yy[off].mean() - 2 * xy.mean())
    return float(np.mean(values))


def _radii(x: F, k: int) -> F | None:
    return np.sort(squared(x, x), axis=1)[:, k] if len(x) > k else None


def _inside(centres: F, others: F, k: int, *, strict: bool) -> NDArray[np.bool_] | None:
    radii = _radii(centres, k)
    apart = squared(centres, others)
    return None if radii is None else apart < radii[:, None] if strict else apart <= radii[:, None]


def _share(inside: NDArray[np.bool_] | None, axis: int) -> float | None:
    return None if inside is None else float(inside.any(axis=axis).mean())


def _density(real: F, fake: F) -> float | None:
    inside = _inside(real, fake, 5, strict=True)
    return None if inside is None else float(inside.sum() / (5 * len(fake)))


def _score(p: F) -> float | None:
    if len(p) < 2:
        return None
    mean = p.mean(axis=0)
    return float(np.exp(np.mean([scipy.stats.entropy(row, mean) for row in p])))


def _authpct(real: F, fake: F) -> float | None:
    if len(real) < 2:
        return None
    apart, among = squared(fake, real), squared(real, real)
    np.fill_diagonal(among, np.inf)
    nearest = apart.argmin(axis=1)
    return 100 * float(np.mean(apart.min(axis=1) > among.min(axis=1)[nearest]))


def _ct(real: F, fake: F, heldout: F) -> float | None:
    x, y = squared(fake, real).min(axis=1), squared(heldout, real).min(axis=1)
    m, n = len(x), len(y)
    everything = np.concatenate([x, y])
    if min(m, n) < 8 or np.ptp(everything) == 0:
        return None
    u = sum(float((a > y).sum()) + float((a == y).sum()) / 2 for a in x)
    ties = sum(float((everything == v).sum()) ** 3 - float((everything == v).sum()) for v in set(everything))
    variance = m * n / 12 * (m + n + 1 - ties / ((m + n) * (m + n - 1)))
    return (u - m * n / 2) / float(np.sqrt(variance))


def _sliced(real: F, fake: F) -> float:
    theta = unit_directions(real.shape[1]).T
    return float(np.sqrt(np.mean(ot.wasserstein_1d(real @ theta, fake @ theta, p=2))))


def _clipped_density(real: F, fake: F) -> float | None:
    among, apart = squared(real, real), squared(fake, real)
    if len(real) < 6:
        return None
    reach = np.sort(among, axis=1)[:, 5]
    low, *_, high = 2 * list(np.sort(reach)[[(len(real) - 1) // 2, len(real) // 2]])
    reach = np.minimum(reach, low if low == high else (np.sqrt(low) + np.sqrt(high)) ** 2 / 4)
    held = (among <= reach).sum(axis=1) - 1
    attained = np.minimum(held / 5, 1).mean()
    return float(min(np.minimum((apart <= reach).sum(axis=1) / 5, 1).mean() / attained, 1)) if attained else None


def _clipped_coverage(real: F, fake: F) -> float | None:
    n, m = len(real), len(fake)
    if n < 6:
        return None
    reach = np.sort(squared(real, real), axis=1)[:, 5]
    filling = np.minimum((squared(real, fake) < reach[:, None]).sum(axis=1), 5).mean() / 5
    expected = [0.0] + [
        float(scipy.stats.betabinom(k, 5, n - 5).expect(lambda j: np.minimum(j, 5))) / 5 for k in range(1, m + 1)
    ]
    return sum(e < filling * (1 - 1e-9) for e in expected) / (m + 1)


PLAIN: dict[str, Plain] = {
    "fd": lambda r, f, h, p: frechet(r, f),
    "fd_inf": lambda r, f, h, p: frechet_inf(r, f),
    "recall_dist": lambda r, f, h, p: float(np.sqrt(squared(r, f)).min(axis=1).mean()),
    "precision_dist": lambda r, f, h, p: float(np.sqrt(squared(f, r)).min(axis=1).mean()),
    "kid": lambda r, f, h, p: kid(r, f),
    "precision": lambda r, f, h, p: _share(_inside(r, f, 3, strict=False), 0),
    "recall": lambda r, f, h, p: _share(_inside(f, r, 3, strict=False), 0),
    "density": lambda r, f, h, p: _density(r, f),
    "coverage": lambda r, f, h, p: _share(_inside(r, f, 5, strict=True), 1),
    "clipped_density": lambda r, f, h, p: _clipped_density(r, f),
    "clipped_coverage": lambda r, f, h, p: _clipped_coverage(r, f),
    "sliced_wasserstein": lambda r, f, h, p: _sliced(r, f),
    "inception_score": lambda r, f, h, p: _score(p),
    "authpct": lambda r, f, h, p: _authpct(r, f),
    "ct": lambda r, f, h, p: _ct(r, f, h),
}
