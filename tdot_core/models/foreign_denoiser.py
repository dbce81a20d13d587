"""Denoisers trained elsewhere: a diffusers folder or hub id, with its 0-based time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from diffusers import UNet2DModel

from tdot_core.errors import TdotError
from tdot_core.maths.schedule import LINEAR_FIRST, LINEAR_LAST, NoiseSchedule
from tdot_core.models.denoiser import IMAGE_SIZE, Denoiser

# diffusers counts timesteps 0..T-1, where 0 already carries one step of noise: its index t - 1 is our t.
T_SHIFT = -1


def _schedule(folder: Path) -> NoiseSchedule:
    """Return our schedule for the scheduler_config.json beside a network; absent, the linear one of ho2020."""
    for path in (folder / "scheduler_config.json", folder / "scheduler" / "scheduler_config.json"):
        if path.exists():
            break
    else:
        return NoiseSchedule()
    try:
        config: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        T, name = int(config.get("num_train_timesteps", 1000)), str(config.get("beta_schedule", "linear"))
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise TdotError(f"{path.name} cannot be read as a scheduler: {str(error)[:120]}.") from error
    if config.get("prediction_type", "epsilon") != "epsilon":
        raise TdotError(f"This network predicts {config['prediction_type']!r}; TDOT needs one that predicts epsilon.")
    linear = (config.get("beta_start", LINEAR_FIRST), config.get("beta_end", LINEAR_LAST)) == (
        LINEAR_FIRST,
        LINEAR_LAST,
    )
    if name == "linear" and linear:
        return NoiseSchedule("linear", T)
    if name == "squaredcos_cap_v2":
        return NoiseSchedule("cosine", T)
    raise TdotError(f"This network's noise schedule ({name}) is not one of TDOT's: linear 1e-4..0.02, or cosine.")


def load_foreign_denoiser(source: str) -> tuple[Denoiser, NoiseSchedule]:
    """Load an eps-predicting UNet2DModel for 32x32 RGB from a diffusers folder or hub id such as google/ddpm-cifar10-32.

    Only safetensors weights, or .bin read with weights_only, are opened. Raises TdotError when it is missing, needs a network
    that is not there, or has another image size or channels. Returns the denoiser in eval mode and its schedule.
    """
    folder = Path(source).expanduser()
    unet_folder = folder / "unet" if (folder / "unet" / "config.json").exists() else folder
    try:
        unet = UNet2DModel.from_pretrained(str(unet_folder) if folder.is_dir() else source)
    except Exception as error:  # diffusers raises a dozen unrelated types for missing, damaged and foreign files
        raise TdotError(
            f"No diffusers UNet2DModel could be loaded from {source[:120]!r} ({' '.join(str(error).split())[:160]}). "
            "Give a folder with config.json and diffusion_pytorch_model.safetensors, or a hub id with network access."
        ) from error
    channels = (unet.config.in_channels, unet.config.out_channels, unet.config.sample_size)
    if channels not in ((3, 3, IMAGE_SIZE), (12, 12, IMAGE_SIZE // 2)):
        raise TdotError(
            f"TDOT works on 32x32 RGB images; this network takes {channels[0]} channels at size {channels[2]}."
        )
    schedule = _schedule(folder) if folder.is_dir() else NoiseSchedule()
    return Denoiser(unet.eval().requires_grad_(False), IMAGE_SIZE // channels[2], T_SHIFT), schedule
