"""The sliced-Wasserstein loss against POT's."""

from __future__ import annotations

from collections.abc import Callable

import ot
import torch
from torch import Tensor

from tdot_core.bench.result import BenchResult
from tdot_core.bench.timing import interleaved, median_ratio, torch_threads
from tdot_core.maths.objectives.sliced import random_directions, sliced_wasserstein

NAME = "sliced"
HELP = "the sliced-Wasserstein loss, forward and backward, against POT's"

BATCH, D, K, REPEATS = 128, 3072, 128, 51


def run() -> list[BenchResult]:
    """Compare values, gradients and time with the same projections, both on one torch thread."""
    generator = torch.Generator().manual_seed(0)
    real, fake = torch.randn(BATCH, D, generator=generator), torch.randn(BATCH, D, generator=generator) * 0.8 + 0.1
    theta = random_directions(D, K, generator)

    def ours(fake: Tensor) -> Tensor:
        return sliced_wasserstein(real, fake, theta)

    def theirs(fake: Tensor) -> Tensor:
        loss: Tensor = ot.sliced_wasserstein_distance(real, fake, projections=theta, p=2) ** 2
        return loss

    value, gradient = _forward_backward(ours, fake)
    expected, expected_gradient = _forward_backward(theirs, fake)
    works = {"ours": lambda: _forward_backward(ours, fake), "theirs": lambda: _forward_backward(theirs, fake)}
    with torch_threads(1):
        interleaved(works, 3)
        taken = interleaved(works, REPEATS)
    setting = f"batch {BATCH}, d {D}, K {K}"
    return [
        BenchResult(
            NAME, f"forward and backward time over POT's, {setting}, median of {REPEATS}",
            median_ratio(taken["ours"], taken["theirs"]), "ratio", "<=", 1.0,
        ),
        BenchResult(NAME, f"value against POT's squared, {setting}", abs(value / expected - 1), "relative difference", "<=", 1e-5),
        BenchResult(
            NAME, f"gradient against POT's, {setting}",
            float((gradient - expected_gradient).norm() / expected_gradient.norm()), "relative difference", "<=", 1e-5,
        ),
    ]  # fmt: skip


def _forward_backward(loss: Callable[[Tensor], Tensor], fake: Tensor) -> tuple[float, Tensor]:
    leaf = fake.clone().requires_grad_()
    value = loss(leaf)
    value.backward()
    assert leaf.grad is not None
    return float(value.detach()), leaf.grad
