"""Choosing the compute device."""

from __future__ import annotations

import torch

from tdot_core.errors import TdotError, unknown_name

DEVICES = ("auto", "cpu", "cuda", "mps")


def named_device(name: str) -> str:
    """Return the kind of device called name, auto resolved, whether or not this machine has it. Raises TdotError for an unknown name."""
    if name == "auto":
        return find_device().type
    if name not in DEVICES:
        raise unknown_name("device", name, DEVICES)
    return name


def find_device(name: str = "auto") -> torch.device:
    """Return the torch device called name; auto prefers cuda, then mps, then the CPU.

    Raises TdotError for an unknown name or a device that this machine lacks.
    """
    available = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        return torch.device(next(d for d in ("cuda", "mps", "cpu") if available[d]))
    if name not in available:
        raise unknown_name("device", name, DEVICES)
    if not available[name]:
        raise TdotError(f"This machine or this torch build has no {name} device; use --device auto or cpu.")
    return torch.device(name)
