"""Mean and covariance of features, accumulated in float64 in one pass."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tdot_core.errors import TdotError
from tdot_core.metrics.checks import BLOCK_ROWS, checked_features

Float64 = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Statistics:
    """Hold mean_f (d,), the unbiased cov_f (d, d), both float64, and n, the number of images (None when a file lacks it).

    Raises TdotError when shapes disagree, a value is not finite, cov_f is not symmetric or n < 2.
    """

    mean_f: Float64
    cov_f: Float64
    n: int | None = None

    def __post_init__(self) -> None:
        mean_f, cov_f = np.asarray(self.mean_f, np.float64), np.asarray(self.cov_f, np.float64)
        if mean_f.ndim != 1 or mean_f.size == 0 or cov_f.shape != (mean_f.size, mean_f.size):
            raise TdotError(f"Statistics need shapes (d,) and (d, d), found {mean_f.shape} and {cov_f.shape}.")
        if not (np.isfinite(mean_f).all() and np.isfinite(cov_f).all()):
            raise TdotError("These statistics hold NaN or infinity; make them again from finite features.")
        if self.n is not None and self.n < 2:
            raise TdotError(f"A covariance needs at least 2 images, found {self.n}.")
        if np.abs(cov_f - cov_f.T).max() > 1e-6 * np.abs(cov_f).max():
            raise TdotError("The covariance is not symmetric; this is not a file of mean and covariance.")
        object.__setattr__(self, "mean_f", mean_f)
        object.__setattr__(self, "cov_f", cov_f)

    @property
    def width(self) -> int:
        """Return d."""
        return self.mean_f.size

    @cached_property
    def factor(self) -> Float64:
        """Return F (d, r) with F F^T = cov_f, r its numerical rank.

        Cholesky where cov_f is well away from singular, else its eigenvectors with eigenvalues above rounding. Raises
        TdotError when an eigenvalue is clearly negative.
        """
        rounding = self.width * np.finfo(np.float64).eps
        try:
            lower: Float64 = np.linalg.cholesky(self.cov_f).astype(np.float64, copy=False)
            if lower.diagonal().min() ** 2 > rounding * self.cov_f.diagonal().max():
                return lower
        except np.linalg.LinAlgError:
            pass
        values, vectors = np.linalg.eigh(self.cov_f)
        largest = max(float(values[-1]), 0.0)
        if values[0] < -1e-5 * largest or (largest == 0 and values[0] < 0):
            raise TdotError(
                f"The covariance has the negative eigenvalue {values[0]:.3g}; it is no covariance, or one of too few digits."
            )
        kept = values > rounding * largest
        factor: Float64 = vectors[:, kept] * np.sqrt(values[kept])
        return factor

    def save(self, path: Path) -> None:
        """Write mu, sigma (the names that pytorch-fid and clean-fid read) and n as npz to exactly this path."""
        with path.open("wb") as file:
            if self.n is None:
                np.savez(file, mu=self.mean_f, sigma=self.cov_f)
            else:
                np.savez(file, mu=self.mean_f, sigma=self.cov_f, n=np.array(self.n))

    @classmethod
    def load(cls, path: Path) -> Statistics:
        """Read an npz with mu and sigma (and n); raises TdotError when it is missing, damaged or holds something else."""
        try:
            # Opened here, because numpy leaves a damaged file open.
            with path.open("rb") as handle:
                file = np.load(handle, allow_pickle=False)
                if isinstance(file, np.ndarray):
                    raise TdotError(f"{path.name} holds one array; expected an npz with mu and sigma.")
                return cls(_numbers(file, "mu"), _numbers(file, "sigma"), int(file["n"]) if "n" in file else None)
        except TdotError:
            raise
        except KeyError as error:
            raise TdotError(f"{path.name} must hold the arrays mu and sigma; {error}.") from error
        except Exception as error:  # numpy and zipfile raise nearly every kind on damaged input
            reason = " ".join(str(error).split())[:120] or type(error).__name__
            raise TdotError(f"{path.name} cannot be read as statistics (npz): {reason}.") from error


def _numbers(file: Any, name: str) -> NDArray[Any]:
    found = np.asarray(file[name])
    if found.dtype.kind not in "fiu":
        raise TdotError(f"The array {name} holds {found.dtype}; a mean and a covariance are real numbers.")
    return found


class Accumulator:
    """Accumulate Statistics from blocks of features in any sizes, in memory independent of n.

    Each block's centred products are merged by Chan, Golub and LeVeque 1983 (Eq. 2.1), which loses no digits to a large mean.
    """

    def __init__(self) -> None:
        self.n = 0
        self._mean: Float64 = np.zeros(0)
        self._scatter: Float64 = np.zeros((0, 0))

    def add(self, features: Any) -> None:
        """Add features (b, d); raises TdotError when they are not finite or their width changes."""
        features = checked_features("given", features)
        if self.n and features.shape[1] != self._mean.size:
            raise TdotError(f"Features of width {features.shape[1]} follow features of width {self._mean.size}.")
        for start in range(0, len(features), BLOCK_ROWS):
            self._merge(features[start : start + BLOCK_ROWS].astype(np.float64))

    def _merge(self, block: Float64) -> None:
        b, mean = len(block), block.mean(axis=0)
        block -= mean
        scatter = block.T @ block
        if self.n:
            delta = mean - self._mean
            scatter += self._scatter + np.outer(delta, delta * (self.n * b / (self.n + b)))
            mean = self._mean + delta * (b / (self.n + b))
        self.n, self._mean, self._scatter = self.n + b, mean, scatter

    def result(self) -> Statistics:
        """Return the statistics so far; raises TdotError with fewer than 2 images."""
        if self.n < 2:
            raise TdotError(f"A covariance needs at least 2 images, found {self.n}. Take more.")
        return Statistics(self._mean, self._scatter / (self.n - 1), self.n)


def from_features(features: Any) -> Statistics:
    """Return the statistics of features (n >= 2, d), which may be memory-mapped."""
    return from_blocks([features])


def from_blocks(blocks: Iterable[Any]) -> Statistics:
    """Return the statistics of all rows of an iterable of feature blocks (b, d)."""
    accumulator = Accumulator()
    for block in blocks:
        accumulator.add(block)
    return accumulator.result()
