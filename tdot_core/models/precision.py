"""Arithmetic of networks: float32, or bfloat16 inside them where that is faster or asked for by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from tdot_core.config import setting
from tdot_core.errors import TdotError
from tdot_core.models.arithmetic import BF16, FP32

CHOICES = ("auto", BF16, FP32)


def precision_setting() -> Any:
    """Declare the Config field `precision` of everything that trains a network."""
    text = "Arithmetic inside the networks; auto: bf16 where it is faster than fp32. Weights and losses stay float32"
    return setting("auto", text, choices=CHOICES, advanced=True)


def has_bf16(device: torch.device) -> bool:
    """Say whether the device computes in bfloat16 in hardware; emulated, it is several times slower than float32."""
    return bf16_pays(device) or (device.type == "cpu" and torch.cpu._is_avx512_bf16_supported())


def bf16_pays(device: torch.device) -> bool:
    """Say whether bfloat16 is faster there than float32: on CUDA from compute capability 8.0, on a CPU with AMX tiles.

    AVX-512's bfloat16 instructions alone do not pay: a training step of the denoiser took 1.47 s with them, 1.12 s in float32.
    """
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    return device.type == "cpu" and torch.cpu._is_amx_tile_supported()


class Arithmetic:
    """Run networks in the chosen arithmetic: `precision(net, *inputs)` gives float32 outputs in either.

    choice: one of CHOICES. Weights, optimiser, losses and everything outside the call stay float32 (mixed precision after
    Micikevicius 2018; bfloat16 has float32's range, so no loss scaling). Raises TdotError when bf16 is asked of hardware
    that lacks it.
    """

    def __init__(self, choice: str, device: torch.device) -> None:
        self.device = device
        self.bf16 = choice == BF16 or (choice == "auto" and bf16_pays(device))
        if choice == BF16 and not has_bf16(device):
            raise TdotError(
                f"This {device.type} does not compute in bf16 in hardware; choose precision fp32; a training also takes auto."
            )

    def __call__(self, net: Callable[..., Any], *inputs: Tensor) -> Any:
        if not self.bf16:
            return net(*inputs)
        # Threads would share the cache of cast weights, and one clears it under the other.
        with torch.autocast(self.device.type, torch.bfloat16, cache_enabled=False):
            outputs = net(*inputs)
        return tuple(o.float() for o in outputs) if isinstance(outputs, tuple) else outputs.float()

    def prepare(self, net: nn.Module) -> None:
        """Keep in float32 what is slower in bfloat16 on a CPU: group norm 4 times, attention's backward 10 times."""
        if not (self.bf16 and self.device.type == "cpu"):
            return
        # Diffusers takes seconds to import, and only the denoiser has its attention.
        from diffusers.models.attention_processor import Attention

        from tdot_core.models.float32_attention import Float32Attention

        for module in net.modules():
            if isinstance(module, nn.GroupNorm):
                module.register_forward_pre_hook(lambda _, inputs: (inputs[0].float(),))
            elif isinstance(module, Attention):
                module.set_processor(Float32Attention())  # type: ignore[no-untyped-call, arg-type]


class LowPrecision(nn.Module):
    """Run a network in bfloat16: float32 in and out, weights kept in float32.

    Rounding moves eps_hat by about 0.5 %. Raises TdotError on hardware that lacks bfloat16.
    """

    def __init__(self, net: nn.Module, device: torch.device) -> None:
        super().__init__()
        self.net, self.precision = net, Arithmetic(BF16, device)
        self.precision.prepare(net)

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        eps_hat: Tensor = self.precision(self.net, x, t)
        return eps_hat
