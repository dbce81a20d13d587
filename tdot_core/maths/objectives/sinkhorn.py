"""Debiased Sinkhorn displacement: every fake is drawn to where entropic transport would move it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from tdot_core.config import setting
from tdot_core.errors import TdotError
from tdot_core.maths.objectives import Objective

TEMPERATURES = (0.02, 0.05, 0.2)


@dataclass(frozen=True)
class SinkhornSettings:
    """Settings of the entropic plans."""

    sinkhorn_iterations: int = setting(50, "Sinkhorn iterations per plan", low=1, high=10_000, advanced=True)
    sinkhorn_masked: bool = setting(
        False, "Forbid a fake its own place when fakes are compared: repels neighbours, can fly apart", advanced=True
    )


def sinkhorn_plan(M: Tensor, reg: float, iterations: int) -> Tensor:
    """Return the entropic plan (n, m) between uniform weights for the cost M (n, m); an infinite cost forbids a pair.

    Iterates in logarithms, rows then columns, so that the columns sum to exactly 1 / m. Cost: `iterations` passes over M.
    Source: peyre2019, Eq. 4.43 and 4.44.
    """
    n, m = M.shape
    scaled = -M / reg
    f, g = M.new_zeros(n), M.new_zeros(m)
    for _ in range(iterations):
        f = -math.log(n) - torch.logsumexp(scaled + g, dim=1)
        g = -math.log(m) - torch.logsumexp(scaled + f[:, None], dim=0)
    return (scaled + f[:, None] + g).exp()


def displacement(real: Tensor, fake: Tensor, temperature: float, iterations: int, *, masked: bool = False) -> Tensor:
    """Return V(y) = T_xy(y) - T_yy(y), (m, d): the entropic barycentre of the reals minus that of the fakes themselves.

    real: (n, d); fake: (m, d), m >= 3. T averages under the plan of cost |x - y|^2 with reg = temperature times the
    deviation of the cost; V is minus half m times the gradient of the debiased Sinkhorn divergence. masked: a fake's own place is
    forbidden in T_yy, so that cold plans repel neighbours; points that follow this V freely fly apart (measured: their
    variance grows tenfold in 60 steps of 0.2), which only a generator's stiffness holds back.
    Sources: genevay2018, Eq. 6; feydy2019, Eq. 30.
    """
    cross, own = torch.cdist(real, fake).square(), torch.cdist(fake, fake).square()
    off = ~torch.eye(len(fake), dtype=torch.bool, device=fake.device)
    scale = _scale(own[off], temperature)
    to_real = sinkhorn_plan(cross, _scale(cross.flatten(), temperature), iterations)
    to_fake = sinkhorn_plan(own.masked_fill(~off, math.inf) if masked else own, scale, iterations)
    return _barycentre(to_real, real) - _barycentre(to_fake, fake)


def _scale(costs: Tensor, temperature: float) -> float:
    # Where all costs are equal, no temperature matters; 1e-12 keeps it from being 0.
    return temperature * max(float(costs.std(unbiased=False)), 1e-12)


def _barycentre(plan: Tensor, points: Tensor) -> Tensor:
    return (plan.T @ points) / plan.sum(dim=0)[:, None]


def displacement_loss(fake: Tensor, displaced: Tensor) -> Tensor:
    """Return mean_ij (y_ij - stopgrad(y_ij + V_ij))^2, (m, d) both: its value is the mean square of V, its gradient -2 V / (m d)."""
    return (fake - (fake.detach() + displaced)).square().mean()


class Sinkhorn(Objective):
    """Regress the fakes onto their debiased Sinkhorn displacement, averaged over temperatures .02, .05 and .2."""

    key = "sinkhorn"
    label = "Sinkhorn displacement, debiased"
    reference = "genevay2018"
    formula = r"\lVert y-\mathrm{sg}(y+V(y))\rVert^2,\quad V(y)=T^\varepsilon_{XY}(y)-T^\varepsilon_{YY}(y)"
    cost = "six plans of b x b by Sinkhorn iterations in logarithms"
    order = 10
    Settings = SinkhornSettings
    exact = False

    def __call__(self, real: Tensor, fake: Tensor, n_projections: int, generator: torch.Generator) -> Tensor:
        if len(fake) < 3:
            raise TdotError(
                f"The sinkhorn objective compares fakes with each other and needs batches of 3, found {len(fake)}."
            )
        x, y = real.flatten(1), fake.flatten(1)
        with torch.no_grad():
            own = self.settings
            steps = [
                displacement(x, y.detach(), t, own.sinkhorn_iterations, masked=own.sinkhorn_masked)
                for t in TEMPERATURES
            ]
        return displacement_loss(y, torch.stack(steps).mean(dim=0))
