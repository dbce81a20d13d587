"""TDOT: truncated diffusion with learned priors.

The names below are the public interface; each is imported when first used, so `import tdot_core` loads no torch.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tdot_core.errors import TdotError as TdotError
    from tdot_core.maths.chain import walk as walk
    from tdot_core.maths.forward import add_noise as add_noise
    from tdot_core.maths.forward import lift as lift
    from tdot_core.maths.grid import time_grid as time_grid
    from tdot_core.maths.quantise import from_uint8 as from_uint8
    from tdot_core.maths.quantise import to_uint8 as to_uint8
    from tdot_core.maths.schedule import NoiseSchedule as NoiseSchedule
    from tdot_core.priors.base import Prior as Prior
    from tdot_core.progress import finish as finish
    from tdot_core.services.datasets import import_images as import_images
    from tdot_core.services.datasets import load_dataset as load_dataset
    from tdot_core.services.evaluation.engine import evaluate as evaluate
    from tdot_core.services.evaluation.spec import EvaluationSpec as EvaluationSpec
    from tdot_core.services.runs.store import find_run as find_run
    from tdot_core.services.sampling.generate import SampleSettings as SampleSettings
    from tdot_core.services.sampling.generate import generate as generate
    from tdot_core.services.sampling.loading import load_net as load_net
    from tdot_core.services.sampling.loading import load_prior as load_prior
    from tdot_core.services.training.session import TrainingSession as TrainingSession
    from tdot_core.services.training.session import create_training as create_training

_HOMES = {
    "TdotError": "errors",
    "walk": "maths.chain",
    "add_noise": "maths.forward",
    "lift": "maths.forward",
    "time_grid": "maths.grid",
    "from_uint8": "maths.quantise",
    "to_uint8": "maths.quantise",
    "NoiseSchedule": "maths.schedule",
    "Prior": "priors.base",
    "finish": "progress",
    "import_images": "services.datasets",
    "load_dataset": "services.datasets",
    "EvaluationSpec": "services.evaluation.spec",
    "evaluate": "services.evaluation.engine",
    "load_net": "services.sampling.loading",
    "load_prior": "services.sampling.loading",
    "find_run": "services.runs.store",
    "SampleSettings": "services.sampling.generate",
    "generate": "services.sampling.generate",
    "TrainingSession": "services.training.session",
    "create_training": "services.training.session",
}

__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'tdot_core' has no attribute {name!r}")
    return getattr(importlib.import_module(f"tdot_core.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
