"""A foreign network's weights: every tensor by its name, or a refusal that names what is missing or too many."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from tdot_core.errors import TdotError

PREFIXES = ("module.", "_orig_mod.", "model.", "unet.", "ema_model.", "_forward_module.", "net.")
RENAMED = {".query.": ".to_q.", ".key.": ".to_k.", ".value.": ".to_v.", ".proj_attn.": ".to_out.0."}
"""Attention's parts as diffusers called them before 2023, and calls them now."""
COUNTER = "n_averaged"
SHOWN = 3


def read_state(path: Path) -> dict[str, Tensor]:
    """Read safetensors, or a .bin with weights_only; raises TdotError when it is damaged or would run code."""
    try:
        found = (
            load_file(path)
            if path.suffix == ".safetensors"
            else torch.load(path, map_location="cpu", weights_only=True)
        )
    except (SafetensorError, OSError, ValueError, RuntimeError, EOFError, KeyError, pickle.UnpicklingError) as error:
        reason = " ".join(str(error).split())[:160]
        raise TdotError(
            f"No diffusers UNet2DModel could be loaded from {path.name}: it is damaged or no plain weights ({reason})."
        ) from error
    if isinstance(found, dict) and isinstance(found.get("state_dict"), dict):
        found = found["state_dict"]
    named = isinstance(found, dict) and all(isinstance(k, str) and isinstance(v, Tensor) for k, v in found.items())
    if not named:
        raise TdotError(f"{path.name} holds no tensors by name. Save the network's state_dict.")
    return found


def fill(net: nn.Module, state: Mapping[str, Tensor], name: str) -> str:
    """Put the tensors into net and return what was done to their names, "" for nothing.

    A prefix that all names share and old names of attention are known. Raises TdotError naming missing, unexpected, wrongly
    shaped and non-finite tensors.
    """
    wanted = net.state_dict()
    found, notes = dict(state), []
    if COUNTER in found and COUNTER not in wanted:
        found.pop(COUNTER)
        notes.append(f"{COUNTER}, torch's count of averaged steps, was left out.")
    while not set(found) & set(wanted):
        prefix = next((p for p in PREFIXES if found and all(key.startswith(p) for key in found)), None)
        if prefix is None:
            break
        found = {key[len(prefix) :]: value for key, value in found.items()}
        notes.append(f"The prefix {prefix!r} of its tensors' names was left out.")
    found = {_today(key, wanted): value for key, value in found.items()}
    found = {key: _squeezed(value, wanted.get(key)) for key, value in found.items()}
    _check(found, wanted, name)
    net.load_state_dict({key: value.to(wanted[key]) for key, value in found.items()})
    return " ".join(notes)


def _today(key: str, wanted: Mapping[str, Tensor]) -> str:
    if key in wanted:
        return key
    for before, now in RENAMED.items():
        if before in key and key.replace(before, now) in wanted:
            return key.replace(before, now)
    return key


def _squeezed(tensor: Tensor, wanted: Tensor | None) -> Tensor:
    """Return a tensor without trailing axes of one: attention before 2023 was a convolution of one pixel."""
    if (
        wanted is None
        or tensor.ndim <= wanted.ndim
        or tensor.shape != (*wanted.shape, *[1] * (tensor.ndim - wanted.ndim))
    ):
        return tensor
    return tensor.reshape(wanted.shape)


def _check(found: Mapping[str, Tensor], wanted: Mapping[str, Tensor], name: str) -> None:
    for what, names in (
        ("lacks", set(wanted) - set(found)),
        ("has, beyond its config.json,", set(found) - set(wanted)),
    ):
        if names:
            listed = ", ".join(sorted(names)[:SHOWN]) + (
                f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
            )
            raise TdotError(
                f"{name} {what} {listed}: it was saved from another network, or under other names. Give weights and config.json that belong together."
            )
    for key, tensor in found.items():
        plain = tensor.layout == torch.strided and not tensor.is_meta and not tensor.is_quantized
        if not plain or tensor.is_floating_point() != wanted[key].is_floating_point():
            raise TdotError(
                f"{name} holds {key} as {tensor.dtype}, {tensor.layout}: quantised, sparse and empty tensors are not read. Save the "
                "network's own, in float32 or float16."
            )
        if tensor.shape != wanted[key].shape:
            raise TdotError(
                f"{name}: {key} has shape {tuple(tensor.shape)}, its config.json makes {tuple(wanted[key].shape)}."
            )
        if not torch.isfinite(tensor.float()).all():
            raise TdotError(f"{name} holds NaN or infinity in {key}; use an earlier checkpoint.")
