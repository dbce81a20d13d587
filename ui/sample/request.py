"""What the Sample screen was asked to draw, and what of it can be drawn."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tdot_core.maths.grid import UNIFORM, kept_steps, time_grid
from tdot_core.services.catalogue.priors import PriorChoice

if TYPE_CHECKING:
    from tdot_core.services.sampling.generate import SampleSettings

KEPT_FRAMES = 20
IN_A_ROW = 5


@dataclass(frozen=True)
class SampleRequest:
    """One choice on the Sample screen.

    names: the priors; n_steps: as asked; eta: None for the sampler's own; grid: of times; by: what the columns differ in, a
    key of `ui.sample.variants.BY`.
    """

    names: tuple[str, ...]
    t_star: int
    n_steps: int
    sampler: str = "ddim"
    eta: float | None = None
    seed: int = 0
    n: int = 16
    clip_x0: bool = True
    net: str = "denoiser"
    grid: str = UNIFORM
    by: str = "prior"

    @property
    def walked(self) -> int:
        """Return the steps that are walked: as asked, but at most t_star, since a step removes at least one step of noise."""
        return max(1, min(self.n_steps, self.t_star))

    @property
    def frames(self) -> int:
        """Return how many states of the chain are kept for the player."""
        return min(self.walked, KEPT_FRAMES)

    @property
    def times(self) -> tuple[int, ...]:
        """Return the t of every kept state of the chain, t* first and 0 last."""
        grid = time_grid(self.t_star, self.walked, self.grid)
        return tuple(grid[k] for k in kept_steps(self.walked, self.frames))

    def settings(self) -> SampleSettings:
        """Return the request as the sampling service takes it."""
        from tdot_core.services.sampling.generate import SampleSettings

        return SampleSettings(
            self.t_star, self.walked, self.sampler, self.eta, self.seed, self.n, self.clip_x0, self.grid
        )

    @property
    def mark(self) -> str:
        """Return a short text that differs when the pictures of any prior may differ; the choice of priors is left out."""
        return hashlib.sha256(repr(replace(self, names=(), by="prior")).encode()).hexdigest()[:12]


def clamped_sentence(request: SampleRequest) -> str:
    """Return why fewer steps are walked than asked for, or nothing when all are."""
    if request.walked == request.n_steps:
        return ""
    return (
        f"{request.n_steps} steps do not fit below t* = {request.t_star}: each removes at least one step of noise. "
        f"{request.walked} are walked."
    )


def origin(choice: PriorChoice, t_star: int) -> str:
    """Return in a few words how a prior comes to x_{t*}."""
    if choice.t_train is None:
        # What learned from no images has no image to give: short chains cannot make one out of it.
        return f"drawn at {t_star}" if choice.dataset else "pure noise: right only at t* = T"
    if choice.t_train == 0:
        return f"clean, noised to {t_star}"
    return f"trained at {choice.t_train}" + (f", lifted to {t_star}" if t_star > choice.t_train else "")


def rows_of(n: int) -> list[int]:
    """Return how n columns are split over rows of nearly equal length, at most 5 in one."""
    rows = -(-n // IN_A_ROW)
    return [n // rows + (k < n % rows) for k in range(rows)] if n else []
