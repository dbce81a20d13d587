"""Attention that stays in float32 when everything around it runs in bfloat16."""

from __future__ import annotations

from typing import Any

import torch
from diffusers.models.attention_processor import Attention, AttnProcessor2_0
from torch import Tensor


class Float32Attention(AttnProcessor2_0):
    """Compute diffusers' attention outside of autocast: in bfloat16 its backward is 10 times slower on a CPU."""

    def __call__(
        self,
        attn: Attention,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor | None = None,
        attention_mask: Tensor | None = None,
        temb: Tensor | None = None,
    ) -> Any:
        with torch.autocast(hidden_states.device.type, enabled=False):
            return super().__call__(attn, hidden_states.float(), encoder_hidden_states, attention_mask, temb)
