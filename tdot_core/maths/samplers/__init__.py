"""Samplers of the reverse chain by key: a new file here is a new choice on every screen and command."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar

from torch import Tensor

from tdot_core.maths.schedule import NoiseSchedule
from tdot_core.registry import Registry

Denoise = Callable[[Tensor, int], tuple[Tensor, Tensor]]
"""One denoiser call: (x_t, t) -> (x0_hat, eps_hat), clipped or not; the two always agree, eps_hat following a clipped x0_hat."""

NoiseSource = Callable[[int], Tensor]
"""The noise of the k-th step of the chain (k = 0 first), of x's shape."""


class Sampler(ABC):
    """Walk the reverse chain over a grid of times.

    key, label, reference: what it is called, and its source. order: of convergence of its deterministic form; calls_per_step:
    denoiser calls of every step but the last, which takes one; eta: noise added on the way, 0 none and 1 ancestral, as the
    sampler itself has it; takes_eta: whether another may be asked for. rank: place in lists.
    """

    key: ClassVar[str]
    label: ClassVar[str]
    reference: ClassVar[str]
    rank: ClassVar[int] = 100
    order: ClassVar[int] = 1
    calls_per_step: ClassVar[int] = 1
    eta: float = 0.0
    takes_eta: ClassVar[bool] = False

    def __init__(self, eta: float | None = None) -> None:
        if eta is not None and self.takes_eta:
            self.eta = float(eta)

    def calls(self, n_steps: int) -> int:
        """Return the denoiser calls of n_steps >= 1 steps."""
        return self.calls_per_step * (n_steps - 1) + 1

    @abstractmethod
    def steps(
        self, denoise: Denoise, x: Tensor, grid: Sequence[int], schedule: NoiseSchedule, noise: NoiseSource | None
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield (x, x0_hat) after every step: x at grid[1], grid[2], ..., 0, and the last x0_hat that led there.

        x: (b, ...) at grid[0]; grid: strictly decreasing integers down to 0; noise: asked for k only where step k adds some.
        Deterministic given denoise, x and noise.
        """


samplers: Registry[Sampler] = Registry(__name__, Sampler, "sampler")  # type: ignore[type-abstract]
