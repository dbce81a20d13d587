"""Denoisers trained elsewhere: a diffusers folder or hub id, with its 0-based time."""

from __future__ import annotations

import re
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
    WEIGHTS,
    Find,
    finder,
    network_folder,
    read_config,
    scheduler_configs,
)
from tdot_core.models.foreign_schedule import ASSUMED, ForeignSchedule, read_schedule
from tdot_core.models.foreign_weights import fill, read_state
from tdot_core.models.preconditioning import LinearPreconditioning

# diffusers counts timesteps 0..T-1, where 0 already carries one step of noise: its index t - 1 is our t.
T_SHIFT = -1
CLASS = re.compile(r"(?P<source>.+)@class=(?P<label>-?\d+)")


@dataclass(frozen=True)
class ForeignDenoiser:
    """net: in eval mode; schedule: the one it was trained under; target: what it predicts; note: what was assumed or changed, or ""."""

    net: Denoiser
    schedule: NoiseSchedule
    target: str
    note: str


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
    config = read_config(path)
    unet, patch = _built(config)
    note = fill(unet, _state(find, folder, place), Path(place).name)
    foreign = _foreign(find, folder)
    around = None if foreign.target == "eps" else LinearPreconditioning(foreign.target, foreign.schedule)
    net = Denoiser(unet.eval().requires_grad_(False), patch, T_SHIFT, around)
    net.label = _class(config, label, place)
    _try(net, foreign.schedule.T, Path(place).name)
    return ForeignDenoiser(
        net, foreign.schedule, foreign.target, " ".join(part for part in (foreign.note, note) if part)
    )


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


def _built(config: dict[str, Any]) -> tuple[Any, int]:
    kind = str(config.get("_class_name", "UNet2DModel"))
    if kind != "UNet2DModel":
        raise TdotError(f"This is a {kind[:60]}; TDOT walks with diffusers' UNet2DModel only.")
    size, inputs, outputs = config.get("sample_size"), config.get("in_channels", 3), config.get("out_channels", 3)
    sides = tuple(size) if isinstance(size, list | tuple) and len(size) == 2 else (size, size)
    patch = {3: 1, 12: 2}.get(inputs) if isinstance(inputs, int) else None
    wanted = IMAGE_SIZE // (patch or 1)
    if patch is None or outputs not in (inputs, 2 * inputs) or any(side not in (None, wanted) for side in sides):
        shape = "any size" if size is None else f"size {'x'.join(str(side) for side in sides)}"
        raise TdotError(
            f"TDOT works on 32x32 RGB images: 3 channels at size 32, or 12 at 16 (pixels unshuffled). This network takes "
            f"{str(inputs)[:20]} channels at {shape[:40]} and gives {str(outputs)[:20]}."
        )
    try:
        return UNet2DModel.from_config(config), patch
    except Exception as error:  # diffusers raises a dozen unrelated types for settings that fit no network
        raise TdotError(f"diffusers cannot build this network: {' '.join(str(error).split())[:200]}.") from error


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


def _state(find: Find, folder: str, source: str) -> dict[str, Any]:
    for name in WEIGHTS:
        path = find(folder + name)
        if path is not None and path.suffix == ".json":
            shards = _shards(path)
            parts = [find(folder + shard) for shard in shards]
            if not parts or any(part is None for part in parts):
                raise TdotError(f"{path.name} names weights that are not there. Bring all of its {len(parts)} files.")
            return {key: value for part in parts if part is not None for key, value in read_state(part).items()}
        if path is not None:
            return read_state(path)
    raise TdotError(
        f"No diffusers UNet2DModel could be loaded from {source[:120]!r}: beside its config.json lie no weights called "
        "diffusion_pytorch_model (.safetensors, .bin or their shards). Give a folder that has them, or a hub id with network access."
    )


def _shards(path: Path) -> list[str]:
    """Return the files that an index of weights names; raises TdotError unless they lie beside it."""
    named = read_config(path).get("weight_map", {})
    files = list(named.values()) if isinstance(named, dict) else [named]
    if not all(isinstance(file, str) and file == Path(file).name and "\0" not in file for file in files):
        raise TdotError(f"{path.name} must name a file beside it for every tensor, under weight_map.")
    return sorted(set(files))


def _try(net: Denoiser, T: int, name: str) -> None:
    """Call the network once at both ends of time; raises TdotError when it cannot be, or answers no numbers."""
    x = torch.randn(2, 3, IMAGE_SIZE, IMAGE_SIZE, generator=torch.Generator().manual_seed(0))
    try:
        with torch.inference_mode():
            out = net(x, torch.tensor([1, T]))
    except Exception as error:  # diffusers finds many settings wrong only when it computes
        reason = " ".join(str(error).split())[:200]
        raise TdotError(f"{name} cannot be called on 32x32 images at t = 1 and t = {T}: {reason}.") from error
    if out.shape != x.shape or not torch.isfinite(out).all():
        raise TdotError(
            f"{name} gives {tuple(out.shape[1:])} numbers, or NaN or infinity, at t = 1 or t = {T}: a network of other times than whole "
            "steps, or a broken one."
        )
