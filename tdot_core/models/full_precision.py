"""Convolutions in whole float32, for networks whose numbers are compared."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import torch


def full_precision(device: torch.device) -> AbstractContextManager[None]:
    """Keep CUDA convolutions in float32: by default they round their inputs to 10 bits (TF32).

    The switch is global, so it is left alone elsewhere, where chunks run in several threads.
    """
    return torch.backends.cudnn.flags(enabled=True, allow_tf32=False) if device.type == "cuda" else nullcontext()
