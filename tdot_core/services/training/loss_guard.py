"""Noticing that a training has lost its way before that is saved."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from statistics import median

from torch import Tensor, isfinite

from tdot_core.errors import TdotError

WINDOW, LEAST = 200, 20
FACTOR = 1e4


class Diverged(TdotError):
    """Stop a training whose loss is no longer a number or explodes; the last good checkpoint stays."""


class LossGuard:
    """Watch every loss: not a number, or more than 10,000 times the median size of its last 200 values (at least 1)."""

    def __init__(self) -> None:
        self._seen: dict[str, deque[float]] = {}

    def check(self, step: int, losses: Mapping[str, float]) -> None:
        """Take in the losses of one step; raises Diverged, before they are recorded."""
        for name, value in losses.items():
            if not math.isfinite(value):
                raise _diverged(f"The loss {name!r} stopped being a number at step {step}")
            seen = self._seen.setdefault(name, deque(maxlen=WINDOW))
            usual = max(median(seen), 1.0) if len(seen) >= LEAST else math.inf
            if abs(value) > FACTOR * usual:
                raise _diverged(
                    f"The loss {name!r} exploded at step {step}: {value:.3g}, usually about {median(seen):.3g}"
                )
            seen.append(abs(value))


def refuse_nan(step: int, tensors: Mapping[str, Tensor]) -> None:
    """Raise Diverged when a tensor is not finite: the loss comes before the update, so weights may be lost one step earlier."""
    for name, tensor in tensors.items():
        if tensor.is_floating_point() and not isfinite(tensor).all():
            raise _diverged(f"{name} stopped being a number at step {step}")


def _diverged(what: str) -> Diverged:
    return Diverged(
        f"{what}. The last good checkpoint is kept and can be sampled. To go further, train a new run with a smaller step "
        "size (lr): resuming this one leads to the same place."
    )
