"""The two-batch sliced objective: what a batch is nearer to than its own kind is."""

from __future__ import annotations

import torch
from torch import Tensor

from tdot_core.errors import TdotError
from tdot_core.maths.objectives import Objective
from tdot_core.maths.objectives.sliced import random_directions, slice_costs


def debiased_sliced_wasserstein(real: tuple[Tensor, Tensor], fake: tuple[Tensor, Tensor], theta: Tensor) -> Tensor:
    """Return SW(X, Y) + SW(X', Y') - SW(X, X') - SW(Y, Y'), SW the squared sliced W2 distance: 0 on average when P = Q.

    real: X, X'; fake: Y, Y', each (N, d); theta: (d, K), unit columns. In expectation 2 SW(X, Y) - SW(X, X') - SW(Y, Y'):
    what batches of N differ by although they are of one kind is taken off. May fall below 0.
    Source: salimans2018, Eq. 8 (the minibatch energy distance), with sliced transport as its distance.
    """
    (x, x2), (y, y2) = real, fake
    pairs = ((x, y, 1.0), (x2, y2, 1.0), (x, x2, -1.0), (y, y2, -1.0))
    return sum((sign * slice_costs(a, b, theta).mean() for a, b, sign in pairs), torch.zeros((), device=theta.device))


class DebiasedSliced(Objective):
    """Cut both batches in halves and take off what halves of one kind differ by."""

    key = "debiased"
    label = "Sliced Wasserstein, debiased with two batches"
    reference = "salimans2018"
    formula = r"2\,SW(X,Y)-SW(X,X')-SW(Y,Y')"
    cost = "four sliced distances of half batches: twice the plain form"
    order = 3
    exact = False

    def __call__(self, real: Tensor, fake: Tensor, n_projections: int, generator: torch.Generator) -> Tensor:
        half = len(real) // 2
        if half < 1:
            raise TdotError("The debiased objective cuts the batch in halves and needs at least 2 images in it.")
        theta = random_directions(real[0].numel(), n_projections, generator).to(real.device)
        x, y = real.flatten(1), fake.flatten(1)
        return debiased_sliced_wasserstein((x[:half], x[half : 2 * half]), (y[:half], y[half : 2 * half]), theta)
