"""A foreign network's weights: every tensor by its name, or a refusal that names what is missing or too many."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from tdot_core.errors import TdotError

PREFIXES = ("module.", "_orig_mod.", "model.", "unet.", "ema_model.", "_forward_module.", "net.")
RENAMED = {".query.": ".to_q.", ".key.": ".to_k.", ".value.": ".to_v.", ".proj_attn.": ".to_out.0."}
"""Attention's parts as diffusers called them before 2023, and calls them now."""
COUNTER = "n_averaged"
SHOWN = 3
_LFS = b"version https://git-lfs"
_TORCH = (b"PK\x03\x04", b"\x80")
"""How torch's files begin: as a zip, or before 2020 as a pickle."""


def read_state(path: Path) -> dict[str, Tensor]:
    """Read safetensors, or torch's file with weights_only, told apart by content; raises TdotError when it is neither or would run code."""
    reads = _reader(path)
    try:
        found = reads(path)
    except pickle.UnpicklingError as error:
        raise _unreadable(path, "holds more than tensors, and is not opened: save the network's state_dict") from error
    except (SafetensorError, OSError, ValueError, RuntimeError, EOFError, KeyError) as error:
        reason = " ".join(str(error).split())[:160]
        raise _unreadable(path, f"is damaged or no plain weights ({reason})") from error
    if isinstance(found, dict) and isinstance(found.get("state_dict"), dict):
        found = found["state_dict"]
    if not isinstance(found, dict):
        raise TdotError(
            f"{path.name} holds a {type(found).__name__}, no tensors by name. Save the network's state_dict."
        )
    others = [
        f"{str(key)[:40]} ({type(value).__name__})"
        for key, value in found.items()
        if not (isinstance(key, str) and isinstance(value, Tensor))
    ]
    if others:
        raise TdotError(
            f"{path.name} holds, beside tensors, {', '.join(others[:SHOWN])}: no tensors by name. Save the network's state_dict."
        )
    return found


def _reader(path: Path) -> Callable[[Path], Any]:
    """Return what reads the file; raises TdotError when its beginning says that nothing does."""
    try:
        with path.open("rb") as file:
            head = file.read(len(_LFS))
    except OSError as error:
        raise _unreadable(path, f"cannot be read ({error.strerror})") from error
    if not head:
        raise _unreadable(path, "is empty")
    if head == _LFS:
        raise _unreadable(path, "is a pointer of Git LFS: fetch the file itself")
    # safetensors begin with the length of their JSON, whose first byte may be any.
    return _torchs if head.startswith(_TORCH) and head[8:9] != b"{" else load_file


def _torchs(path: Path) -> Any:
    # Given a path, torch goes by its ending.
    with path.open("rb") as file:
        return torch.load(file, map_location="cpu", weights_only=True)


def _unreadable(path: Path, what: str) -> TdotError:
    return TdotError(f"No diffusers UNet2DModel could be loaded from {path.name}: it {what}.")


def matched(wanted: Mapping[str, Tensor], state: Mapping[str, Tensor], name: str) -> tuple[dict[str, Tensor], str]:
    """Return state's tensors under wanted's names and in its types, and what was done to their names, "" for nothing.

    wanted: a network's state_dict, on any device. A prefix that all names share and old names of attention are known. Raises
    TdotError naming missing, unexpected, wrongly shaped and non-finite tensors.
    """
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
    return {key: value.to(wanted[key].dtype) for key, value in found.items()}, " ".join(notes)


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
