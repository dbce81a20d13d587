"""The kind of processor that computes, in words: what the last bits of float results depend on besides the program."""

from __future__ import annotations

import torch

from tdot_core.services.compute.chunks import CHUNK, chunk_of


def hardware_of(device: torch.device) -> str:
    """Return the device's type and, on the CPU, the instruction set in use ("cpu AVX512"), on CUDA the model."""
    if device.type == "cpu":
        return f"cpu {torch.backends.cpu.get_cpu_capability()}"
    named = device.type == "cuda" and torch.cuda.is_available()
    return f"cuda {torch.cuda.get_device_name(device)}" if named else device.type


def placed_on(device: torch.device) -> str:
    """Return what the last bits of drawn images depend on: `hardware_of`, and the chunk where it is not the CPU's."""
    chunk = chunk_of(device)
    return hardware_of(device) + ("" if chunk == CHUNK else f", chunks of {chunk}")
