"""Mixtures of Gaussians with full covariances, fitted by expectation maximisation with shrinkage."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from tdot_core.errors import TdotError

BLOCK = 4096


@dataclass(frozen=True)
class Mixture:
    """Describe sum_j w_j N(mean_j, L_j L_j^T): log_weights (J,), means (J, k), factors (J, k, k) lower triangular, float64."""

    log_weights: Tensor
    means: Tensor
    factors: Tensor

    def log_joint(self, y: Tensor) -> Tensor:
        """Return log w_j + log N(y_i; mean_j, L_j L_j^T), (n, J), for y (n, k)."""
        k = y.shape[1]
        columns = []
        for weight, mean, factor in zip(self.log_weights, self.means, self.factors, strict=True):
            white = torch.linalg.solve_triangular(factor, (y - mean).T, upper=False)
            log_det = factor.diagonal().log().sum()
            columns.append(weight - 0.5 * white.square().sum(dim=0) - log_det - 0.5 * k * math.log(2 * math.pi))
        return torch.stack(columns, dim=1)

    def log_likelihood(self, y: Tensor) -> float:
        """Return the mean log density of y (n, k)."""
        return float(torch.cat([self.log_joint(part).logsumexp(dim=1) for part in y.split(BLOCK)]).mean())


def fit_mixture(
    y: Tensor, components: int, iterations: int, shrinkage: float, generator: torch.Generator
) -> Iterator[Mixture]:
    """Yield the mixture after each EM iteration on y (n, k) float64, begun at the cells of points drawn far apart.

    M step: w_j = N_j / n, mean_j and S_j weighted, then S_j <- (N_j S_j + s C) / (N_j + s) with C the covariance of all and
    s = shrinkage * k, so that a component with few points looks like all of them. One component without shrinkage is the
    Gaussian of the data. Cost per iteration: O(n J k^2). Sources: Dempster 1977, section 3; Fraley 2007, Eq. 14 (the prior).
    Raises TdotError when there are fewer points than components.
    """
    n, k = y.shape
    if n < max(2, components):
        raise TdotError(f"A mixture of {components} needs at least {max(2, components)} images, found {n}.")
    total = torch.cov(y.T, correction=0).reshape(k, k)
    floor = 1e-6 * total.diagonal().mean().clamp(min=1e-12) * torch.eye(k, dtype=y.dtype)
    share = torch.nn.functional.one_hot(torch.cdist(y, _far_apart(y, components, generator)).argmin(dim=1), components)
    mixture = _maximised(y, share.to(y.dtype), total, shrinkage * k, floor)
    for _ in range(iterations):
        joint = torch.cat([mixture.log_joint(part) for part in y.split(BLOCK)])
        share = (joint - joint.logsumexp(dim=1, keepdim=True)).exp()
        mixture = _maximised(y, share, total, shrinkage * k, floor)
        yield mixture


def _far_apart(y: Tensor, count: int, generator: torch.Generator) -> Tensor:
    """Return count points of y, each drawn with probability as the squared distance to those before (Arthur 2007, k-means++)."""
    chosen = [int(torch.randint(len(y), (), generator=generator))]
    nearest = (y - y[chosen[0]]).square().sum(dim=1)
    for _ in range(count - 1):
        # Where all points are alike any will do.
        chosen.append(int(torch.multinomial(nearest.clamp(min=1e-300), 1, generator=generator)))
        nearest = torch.minimum(nearest, (y - y[chosen[-1]]).square().sum(dim=1))
    return y[chosen]


def _maximised(y: Tensor, share: Tensor, total: Tensor, strength: float, floor: Tensor) -> Mixture:
    counts = share.sum(dim=0)
    means, factors = [], []
    for j, count in enumerate(counts):
        mean = share[:, j] @ y / count.clamp(min=1e-8)
        centred = (y - mean) * share[:, j, None].sqrt()
        covariance = (centred.T @ centred + strength * total) / (count + strength).clamp(min=1e-8)
        means.append(mean)
        factors.append(torch.linalg.cholesky(covariance + floor))
    weights = counts.clamp(min=1e-8)
    return Mixture((weights / weights.sum()).log(), torch.stack(means), torch.stack(factors))
