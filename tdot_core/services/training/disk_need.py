"""How much disk a job will take, told before it starts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import nn

from tdot_core.config import build_config
from tdot_core.errors import TdotError
from tdot_core.services.runs.checkpoints import KEPT
from tdot_core.services.runs.kinds import find_trainable

IMAGE_BYTES, FLOAT = 32 * 32 * 3, 4
ADAM, AVERAGE = 2, 1
STEP_BYTES = 400
"""A line of metrics.jsonl and its TensorBoard events."""


def training_bytes(key: str, settings: Mapping[str, Any], n_train: int) -> int:
    """Return about how many bytes a training's folder takes at its largest: the kept checkpoints, one being written, weights.

    Raises TdotError for settings that do not fit.
    """
    cls = find_trainable(key)
    config: Any = build_config(cls.Config, settings)
    with torch.device("meta"):
        state = _bytes(cls(config).networks())
    steps = max(n_train // config.batch, 1) * config.epochs if hasattr(config, "epochs") else 0
    return (KEPT + 1) * state * (1 + ADAM + AVERAGE) + 2 * state + steps * STEP_BYTES


def evaluation_bytes(images: int, width: int) -> int:
    """Return how many bytes an evaluation keeps of so many images: their pixels and features of that width."""
    return images * (IMAGE_BYTES + width * FLOAT)


def room_sentence(needed: int, free: int) -> str:
    """Return `About 63 MB on disk; 12 GB are free.`; raises TdotError when it will not fit."""
    if needed > free:
        raise TdotError(
            f"This needs about {_size(needed)} on disk and {_size(free)} are free. Free some, or point TDOT_CACHE to a larger disk."
        )
    return f"About {_size(needed)} on disk; {_size(free)} are free."


def _bytes(networks: Iterable[nn.Module]) -> int:
    return sum(t.numel() * t.element_size() for network in networks for t in network.state_dict().values())


def _size(n: int) -> str:
    return f"{n / 1e9:.1f} GB" if n >= 999.5e6 else f"{max(n / 1e6, 1):.0f} MB"
