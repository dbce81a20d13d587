"""What to evaluate, checked as soon as it is said."""

from __future__ import annotations

import dataclasses
import math
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tdot_core.errors import TdotError, unknown_name
from tdot_core.maths.chain import sampler_eta
from tdot_core.maths.grid import UNIFORM, time_grid
from tdot_core.maths.samplers import samplers
from tdot_core.maths.streams import MAX_SEED
from tdot_core.metrics import metrics as registered
from tdot_core.models.arithmetic import DRAWING, FP32
from tdot_core.models.extractors import DEFAULT

MAX_N, MAX_SETS = 1_000_000, 1000
UNSAID: tuple[tuple[str, Any], ...] = (("grids", [UNIFORM]), ("real", ""), ("resize", ""))
"""Settings that were once the only ones, and go without saying."""


@dataclass(frozen=True)
class EvaluationSpec:
    """Ask for one row per prior, t_star, sampler and time grid, every row from `sets` independent sets of n images.

    priors: keys, run ids or KEY:DATASET; images: folders, archives or files of arrays made by any tool, a row each; net: denoiser
    run id, diffusers folder or hub id; samplers, grids, eta, n_steps, clip_x0: how the chain is walked (eta: ddim only, None for
    the sampler's own); seed: set k has the image seeds seed + k n .. seed + (k + 1) n - 1, the same for every prior;
    dataset: whose training images are the real ones; statistics: a file of mu and sigma, real: the same of real images
    to compare with instead, "" for none; resize: how the extractor brings images to its size, "" for its own; extractor, layers: the feature spaces, all from one forward, () for the deepest layer that its weights give;
    metrics: keys, () for all; include_floor: first a row of real test images against the same reference; prior_error: also
    what the prior gets wrong at x_{t_star}, and the oracle's rows; device: auto, cpu, cuda or mps; precision:
    arithmetic inside the denoiser, fp32 or bf16 (about 1.6 times faster on a CPU with AMX tiles; a row says which).

    Tuples lose repeated entries. Raises TdotError for the first setting of a wrong type or out of its range; what needs
    files (priors, data set, t_train) is checked by `evaluate` before it draws.
    """

    priors: tuple[str, ...] = ()
    net: str = "denoiser"
    t_stars: tuple[int, ...] = (10,)
    n_steps: int = 10
    samplers: tuple[str, ...] = ("ddim",)
    eta: float | None = None
    n: int = 2000
    sets: int = 1
    seed: int = 0
    dataset: str = "cifar10"
    extractor: str = DEFAULT
    layers: tuple[str, ...] = ()
    clip_x0: bool = True
    metrics: tuple[str, ...] = ()
    include_floor: bool = True
    device: str = "auto"
    images: tuple[str, ...] = ()
    statistics: str = ""
    prior_error: bool = False
    precision: str = FP32
    grids: tuple[str, ...] = (UNIFORM,)
    real: str = ""
    resize: str = ""

    def __post_init__(self) -> None:
        hints = typing.get_type_hints(type(self))
        for field in dataclasses.fields(self):
            object.__setattr__(self, field.name, _typed(field.name, hints[field.name], getattr(self, field.name)))
        self._check_chain()
        for name, low, high in (("n", 2, MAX_N), ("sets", 1, MAX_SETS), ("seed", 0, MAX_SEED - self.n * self.sets)):
            if not low <= getattr(self, name) <= high:
                raise TdotError(f"{name} must be from {low} to {high}, found {getattr(self, name)}.")
        for key in self.metrics:
            registered.get(key)
        if self.statistics and self.real:
            raise TdotError(
                "An evaluation has one real side: a file of statistics or real images, found both. Leave one out."
            )
        if self.precision not in DRAWING:
            raise unknown_name("precision", self.precision, DRAWING)

    def _check_chain(self) -> None:
        if not self.priors and not self.images:
            raise TdotError("An evaluation needs at least one of its priors, or images made elsewhere; found neither.")
        for name in ("t_stars", "samplers", "grids"):
            if not getattr(self, name):
                raise TdotError(f"An evaluation needs at least one of its {name}, found none.")
        for t_star in self.t_stars:
            for grid in self.grids:
                time_grid(t_star, self.n_steps, grid)
        for sampler in self.samplers:
            sampler_eta(sampler)
        if self.eta is not None and not 0 <= self.eta <= 1:
            raise TdotError(f"eta must be from 0 (deterministic) to 1 (ancestral), found {self.eta}.")
        if self.eta is not None and not any(samplers.get(key).takes_eta for key in self.samplers):
            raise TdotError(f"eta is a setting of the ddim sampler; {', '.join(self.samplers)} has its own.")

    @property
    def metric_keys(self) -> tuple[str, ...]:
        """Return the keys to measure, in the order of tables."""
        return tuple(key for key in registered.all() if not self.metrics or key in self.metrics)

    @property
    def brings_real(self) -> bool:
        """Return whether the real side is no data set but what the user brought."""
        return bool(self.statistics or self.real)

    def plain(self) -> dict[str, Any]:
        """Return the spec as JSON values; `from_plain` is the inverse."""
        found = {k: list(v) if isinstance(v, tuple) else v for k, v in dataclasses.asdict(self).items()}
        return {k: v for k, v in found.items() if (k, v) not in UNSAID}

    @classmethod
    def from_plain(cls, values: Mapping[str, Any]) -> EvaluationSpec:
        """Build a spec from JSON values; raises TdotError for an unknown or missing name, a wrong type or range."""
        values = _today(values)
        known = [field.name for field in dataclasses.fields(cls)]
        for name in values:
            if name not in known:
                raise unknown_name("evaluation setting", name, known)
        settings: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in values.items()}
        return cls(**settings)


def _today(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings under today's names: evaluations of before had one layer."""
    found = dict(values)
    layer = found.pop("layer", "")
    return found | ({"layers": [layer]} if layer and "layers" not in found else {})


def _typed(name: str, hint: Any, value: Any) -> Any:
    if typing.get_origin(hint) is tuple:
        if not isinstance(value, tuple):
            raise TdotError(f"{name} takes a list, found {value!r:.80}.")
        return tuple(dict.fromkeys(_typed(name, typing.get_args(hint)[0], item) for item in value))
    if hint == float | None:
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise TdotError(f"{name} takes a finite number or nothing, found {value!r:.80}.")
        return float(value)
    # bool is a subclass of int, but no number of images.
    if type(value) is not hint:
        words = {int: "a whole number", str: "a text", bool: "true or false"}
        raise TdotError(f"{name} takes {words[hint]}, found {value!r:.80}.")
    return value
