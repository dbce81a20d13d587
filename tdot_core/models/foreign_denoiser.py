"""Denoisers trained elsewhere: a diffusers folder or hub id, with its 0-based time."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers import UNet2DModel

from tdot_core.errors import TdotError
from tdot_core.maths.schedule import NoiseSchedule
from tdot_core.models.denoiser import IMAGE_SIZE, Denoiser
from tdot_core.models.foreign_files import (
    CONFIG,
    Find,
    finder,
    network_folder,
    read_config,
    scheduler_configs,
)
from tdot_core.models.foreign_schedule import ASSUMED, ForeignSchedule, read_schedule
from tdot_core.models.foreign_shards import whole_state
from tdot_core.models.foreign_weights import matched
from tdot_core.models.preconditioning import LinearPreconditioning

# diffusers counts timesteps 0..T-1, where 0 already carries one step of noise: its index t - 1 is our t.
T_SHIFT = -1
NETWORK = "UNet2DModel"
WITHOUT_EFFECT = ("sample_size", "dropout")
"""Settings of a network that change no answer in eval mode."""
CLASS = re.compile(r"(?P<source>.+)@class=(?P<label>-?\d+)")


@dataclass(frozen=True)
class ForeignDenoiser:
    """net: in eval mode; schedule: the one it was trained under; target: what it predicts; note: what was assumed or changed, or "".

    settings: all that change its answers, as one text, those that config.json leaves out too.
    """

    net: Denoiser
    schedule: NoiseSchedule
    target: str
    note: str
    settings: str


def load_foreign_denoiser(source: str) -> ForeignDenoiser:
    """Load a UNet2DModel for 32x32 RGB from a diffusers folder or hub id such as google/ddpm-cifar10-32.

    source: ends in @class=K for class K of a class-conditional network. The network may predict epsilon, v or the sample, and
    learn a variance, which is left out. Only safetensors, or .bin read with weights_only, are opened. Raises TdotError
    when something is missing, needs a network that is not there, or cannot be honoured.
    """
    asked = CLASS.fullmatch(source)
    place, label = (asked["source"], int(asked["label"])) if asked else (source, None)
    find = finder(place)
    folder = network_folder(place, find)
    path = find(folder + CONFIG)
    assert path is not None
    config, name = read_config(path), Path(place).name
    patch = _patch(config)
    state = whole_state(find, folder, place)
    _check_layers(config, state, name)
    # The outline takes no memory: a config.json that does not fit its weights is refused before anything of its size is made.
    with torch.device("meta"):
        outline = _built(config)
    tensors, renamed = matched(outline.state_dict(), state, name)
    unet = _built(config)
    unet.load_state_dict(tensors)
    foreign = _foreign(find, folder)
    around = None if foreign.target == "eps" else LinearPreconditioning(foreign.target, foreign.schedule)
    net = Denoiser(unet.eval().requires_grad_(False), patch, T_SHIFT, around)
    net.label = _class(config, label, place)
    _try(net, foreign.schedule.T, name)
    notes = (foreign.note, renamed, _unknown(config))
    return ForeignDenoiser(net, foreign.schedule, foreign.target, " ".join(filter(None, notes)), _settings(unet))


def _foreign(find: Find, folder: str) -> ForeignSchedule:
    found = [read_schedule(config) for config in scheduler_configs(find, folder)]
    for other in found[1:]:
        apart = found[0].schedule.differs_from(other.schedule)
        if apart or found[0].target != other.target:
            raise TdotError(
                "Two scheduler_config.json lie beside this network and in its pipeline, of different "
                f"{f'noise levels ({apart})' if apart else 'prediction_type'}: remove the one it was not trained under."
            )
    return found[0] if found else ASSUMED


def _patch(config: dict[str, Any]) -> int:
    """Return the side of the squares of pixels that are its channels; raises TdotError for another network or other images."""
    kind = str(config.get("_class_name") or NETWORK)
    if kind != NETWORK:
        raise TdotError(f"This is a {kind[:60]}; TDOT walks with diffusers' {NETWORK} only.")
    size, inputs, outputs = config.get("sample_size"), config.get("in_channels", 3), config.get("out_channels", 3)
    sides = tuple(size) if isinstance(size, list | tuple) and len(size) == 2 else (size, size)
    patch = {3: 1, 12: 2}.get(inputs) if isinstance(inputs, int) else None
    wanted = IMAGE_SIZE // (patch or 1)
    if patch is None or outputs not in (inputs, 2 * inputs) or any(side not in (None, wanted) for side in sides):
        raise TdotError(
            f"TDOT works on 32x32 RGB images: 3 channels at size 32, or 12 at 16 (pixels unshuffled). This network takes "
            f"{str(inputs)[:20]} channels at {_shown(size)} and gives {str(outputs)[:20]}."
        )
    return patch


def _shown(size: Any) -> str:
    if size is None:
        return "any size"
    sides = size if isinstance(size, list) and len(size) == 2 else [size, size]
    plain = all(isinstance(side, int) and not isinstance(side, bool) for side in sides)
    return f"size {f'{sides[0]}x{sides[1]}' if plain else repr(size)}"[:60]


def _check_layers(config: dict[str, Any], state: Mapping[str, object], name: str) -> None:
    """Raise TdotError when the config makes more layers than there are tensors, so that nobody waits for a million of them."""
    layers, blocks = config.get("layers_per_block", 2), config.get("block_out_channels", ())
    if isinstance(layers, int) and isinstance(blocks, list) and layers * len(blocks) > len(state):
        raise TdotError(
            f"{name} lacks tensors: it has {len(state):,}, fewer than the layers of its config.json (layers_per_block = {str(layers)[:20]} in "
            f"{len(blocks):,} blocks). Give weights and config.json that belong together."
        )


def _built(config: dict[str, Any]) -> Any:
    try:
        return UNet2DModel.from_config(config)
    except Exception as error:  # diffusers raises a dozen unrelated types for settings that fit no network
        reason = " ".join(str(error).split())[:200].rstrip(".")
        raise TdotError(f"diffusers cannot build this network: {reason}.") from error


def _settings(unet: Any) -> str:
    known = inspect.signature(UNet2DModel.__init__).parameters
    taken = {name: value for name, value in unet.config.items() if name in known and name not in WITHOUT_EFFECT}
    return json.dumps(taken, sort_keys=True)


def _unknown(config: dict[str, Any]) -> str:
    """Return what to say of settings that the diffusers installed here leaves out."""
    known = inspect.signature(UNet2DModel.__init__).parameters
    more = [name[:60] for name in config if name not in known and not name.startswith("_")]
    return (
        f"Its config.json sets {', '.join(more[:8])}, which diffusers' {NETWORK} does not know and leaves out."
        if more
        else ""
    )


def _class(config: dict[str, Any], label: int | None, source: str) -> int | None:
    kind, number = config.get("class_embed_type"), config.get("num_class_embeds")
    if kind is None and number is None:
        if label is not None:
            raise TdotError(f"{Path(source).name} knows no classes; leave out the class.")
        return None
    if kind is not None:
        raise TdotError(
            f"This network takes its condition as class_embed_type {str(kind)[:40]!r}; TDOT asks for a class by number only."
        )
    if isinstance(number, bool) or not isinstance(number, int) or number < 1:
        raise TdotError(f"num_class_embeds is a whole number from 1, found {str(number)[:40]!r}.")
    if label is None:
        raise TdotError(
            f"{Path(source).name} draws one of {number} classes: say which, --class 0 to --class {number - 1}."
        )
    if not 0 <= label < number:
        raise TdotError(f"The class is a number from 0 to {number - 1}, found {label}.")
    return label


def _try(net: Denoiser, T: int, name: str) -> None:
    """Call the network once at both ends of time; raises TdotError when it cannot be, or answers no numbers."""
    x = torch.randn(2, 3, IMAGE_SIZE, IMAGE_SIZE, generator=torch.Generator().manual_seed(0))
    try:
        with torch.inference_mode():
            out = net(x, torch.tensor([1, T]))
    except Exception as error:  # diffusers finds many settings wrong only when it computes
        reason = " ".join(str(error).split())[:200]
        raise TdotError(
            f"{name} cannot be called on 32x32 images at t = 1 and t = {T}: {reason.rstrip('.')}."
        ) from error
    if out.shape != x.shape or not torch.isfinite(out).all():
        raise TdotError(
            f"{name} gives {tuple(out.shape[1:])} numbers, or NaN or infinity, at t = 1 or t = {T}: a network of other times than whole "
            "steps, or a broken one."
        )
