"""What the Sample screen was asked to draw, and what of it can be drawn."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tdot_core.services.prior_catalogue import PriorChoice

if TYPE_CHECKING:
    from tdot_core.services.sampling import SampleSettings

SAMPLERS = {"ddim": "DDIM (deterministic)", "ddpm": "DDPM (ancestral)", "dpmpp-2m": "DPM-Solver++ (2M)"}
KEPT_FRAMES = 20
IN_A_ROW = 5


@dataclass(frozen=True)
class SampleRequest:
    """One choice on the Sample screen. names: the priors; n_steps: as asked; eta: None for the sampler's own."""

    names: tuple[str, ...]
    t_star: int
    n_steps: int
    sampler: str = "ddim"
    eta: float | None = None
    seed: int = 0
    n: int = 16
    clip_x0: bool = True
    net: str = "denoiser"

    @property
    def walked(self) -> int:
        """Return the steps that are walked: as asked, but at most t_star, since a step removes at least one step of noise."""
        return max(1, min(self.n_steps, self.t_star))

    @property
    def frames(self) -> int:
        """Return how many states of the chain are kept for the scrubber."""
        return min(self.walked, KEPT_FRAMES)

    def settings(self) -> SampleSettings:
        """Return the request as the sampling service takes it."""
        from tdot_core.services.sampling import SampleSettings

        return SampleSettings(self.t_star, self.walked, self.sampler, self.eta, self.seed, self.n, self.clip_x0)

    @property
    def mark(self) -> str:
        """Return a short text that differs when the pictures of any prior may differ; the choice of priors is left out."""
        return hashlib.sha256(repr(replace(self, names=())).encode()).hexdigest()[:12]


def clamped_sentence(request: SampleRequest) -> str:
    """Return why fewer steps are walked than asked for, or nothing when all are."""
    if request.walked == request.n_steps:
        return ""
    return (
        f"{request.n_steps} steps do not fit below t* = {request.t_star}: each removes at least one step of noise. "
        f"{request.walked} are walked."
    )


def below_sentence(choice: PriorChoice, t_star: int) -> str:
    """Return why a prior cannot serve t_star, or nothing when it can."""
    if choice.t_train is None or t_star >= max(choice.t_train, 1):
        return ""
    return f"Trained at t = {choice.t_train}. Noise can be added exactly, but not taken away: it cannot start at t* = {t_star}."


def origin(choice: PriorChoice, t_star: int) -> str:
    """Return in a few words how a prior comes to x_{t*}."""
    if choice.t_train is None:
        # What learned from no images has no image to give: short chains cannot make one out of it.
        return f"drawn at {t_star}" if choice.dataset else "pure noise: right only at t* = T"
    if choice.t_train == 0:
        return f"clean, noised to {t_star}"
    return f"trained at {choice.t_train}" + (f", lifted to {t_star}" if t_star > choice.t_train else "")


def names_by_run(choices: Iterable[PriorChoice]) -> dict[str, str]:
    """Return what each run's prior is called now, by the run's id, for `address.rename`."""
    return {choice.run: choice.name for choice in choices if choice.run}


def default_priors(choices: Sequence[PriorChoice]) -> list[str]:
    """Return what the first visit shows: the best run of every kind of prior that needs no data set."""
    return [choice.name for choice in choices if choice.name == choice.key]


def rows_of(n: int) -> list[int]:
    """Return how n columns are split over rows of nearly equal length, at most 5 in one."""
    rows = -(-n // IN_A_ROW)
    return [n // rows + (k < n % rows) for k in range(rows)] if n else []


def seconds_text(seconds: float) -> str:
    """Return a duration with two significant digits and a unit people read at a glance: 0.4 ms, 52 ms, 1.3 s, 2 min 5 s."""
    if seconds < 0.995:
        ms = seconds * 1000
        return f"{ms:.1f} ms" if ms < 9.95 else f"{ms:.0f} ms"
    if seconds < 59.5:
        return f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"
