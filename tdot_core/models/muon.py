"""Muon: momentum whose update of every weight matrix is made orthogonal."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

COEFFICIENTS = (3.4445, -4.7750, 2.0315)
ITERATIONS = 5


def orthogonalised(matrix: Tensor) -> Tensor:
    """Return about U V^T of matrix = U S V^T, (m, n) float32, by five quintic Newton-Schulz iterations (jordan2024).

    Its singular values end between 0.7 and 1.2, unless they are below about 1e-3 of the largest.
    """
    a, b, c = COEFFICIENTS
    wide = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    x: Tensor = wide / (wide.norm() + 1e-7)
    # Each iteration multiplies x from the left by a polynomial p of its Gram matrix; all of these commute, so only the small
    # Gram matrix is iterated, a third of the operations for the shapes of a U-Net.
    gram, product = x @ x.T, torch.eye(len(x), device=x.device)
    for _ in range(ITERATIONS):
        p = b * gram + c * gram @ gram
        p.diagonal().add_(a)
        product, gram = p @ product, p @ gram @ p
    x = product @ x
    return x if wide is matrix else x.T


class Muon(torch.optim.Optimizer):
    """Update each weight by lr 0.2 sqrt(max(m, n)) orthogonalised(g + momentum M), M <- momentum M + g.

    Weights of more than two dimensions count as matrices (out, rest). The factor gives updates of the root mean square
    that Adam's have, so that both share one step size. Sources: jordan2024 (the method), liu2025 (the factor).
    """

    def __init__(self, parameters: Iterable[Tensor], lr: float, momentum: float = 0.95) -> None:
        super().__init__(parameters, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                if not state:
                    state["momentum"] = torch.zeros_like(p)
                kept = state["momentum"].mul_(group["momentum"]).add_(p.grad)
                update = orthogonalised((p.grad + group["momentum"] * kept).flatten(1))
                p.add_(update.view_as(p), alpha=-group["lr"] * 0.2 * math.sqrt(max(update.shape)))
