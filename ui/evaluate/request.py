"""What the form of an evaluation asks for: an EvaluationSpec in the making, which may still lack something. No torch here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from tdot_core.maths.grid import UNIFORM
from tdot_core.models.arithmetic import FP32
from tdot_core.models.extractors import DEFAULT

if TYPE_CHECKING:
    from tdot_core.services.evaluation.spec import EvaluationSpec

NEEDED = {"priors": "a prior", "t_stars": "a truncation step", "samplers": "a sampler", "grids": "a time grid"}


@dataclass(frozen=True)
class EvaluationRequest:
    """Hold every setting of an EvaluationSpec under its name, with its meaning there; checked only when it becomes one."""

    priors: tuple[str, ...] = ()
    t_stars: tuple[int, ...] = (10,)
    samplers: tuple[str, ...] = ("ddim",)
    n_steps: int = 10
    n: int = 2000
    sets: int = 1
    seed: int = 0
    dataset: str = "cifar10"
    grids: tuple[str, ...] = (UNIFORM,)
    extractor: str = DEFAULT
    layers: tuple[str, ...] = ()
    include_floor: bool = True
    prior_error: bool = False
    images: tuple[str, ...] = ()
    statistics: str = ""
    real: str = ""
    resize: str = ""
    metrics: tuple[str, ...] = ()
    net: str = "denoiser"
    eta: float | None = None
    clip_x0: bool = True
    device: str = "auto"
    precision: str = FP32

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> EvaluationRequest:
        """Return the settings that an earlier evaluation recorded; what was not there to be set then has its default."""
        # Evaluations of before had one layer.
        found = {"layers": [config["layer"]] if config.get("layer") else []} | dict(config)
        given = {f.name: found[f.name] for f in fields(cls) if f.name in found}
        settings: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in given.items()}
        return cls(**settings)

    @property
    def missing(self) -> list[str]:
        """Return in words what must still be chosen; images made elsewhere stand for priors."""
        return [
            words
            for name, words in NEEDED.items()
            if not getattr(self, name) and not (name == "priors" and self.images)
        ]

    def spec(self) -> EvaluationSpec:
        """Return the checked settings; raises TdotError for the first that cannot be."""
        from tdot_core.services.evaluation.spec import EvaluationSpec

        return EvaluationSpec(**vars(self))
