"""Finding a foreign denoiser's files, in a folder or on the hub, in the layouts that diffusers writes."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tdot_core.errors import TdotError

CONFIG, SCHEDULER = "config.json", "scheduler_config.json"
WEIGHTS = (
    "diffusion_pytorch_model.safetensors.index.json",
    "diffusion_pytorch_model.safetensors",
    "diffusion_pytorch_model.fp16.safetensors",
    "diffusion_pytorch_model.bin.index.json",
    "diffusion_pytorch_model.bin",
    "diffusion_pytorch_model.fp16.bin",
)
"""In the order in which diffusers looks for them."""
Find = Callable[[str], Path | None]
"""The path of a file of the source by its name there, or None when the source has none."""


def finder(source: str) -> Find:
    """Return what finds the files of a folder or hub id; raises TdotError when there is neither."""
    folder = Path(source).expanduser()
    if folder.is_dir():
        return lambda name: _in_folder(folder, name)
    return lambda name: _from_hub(source, name)


def _in_folder(folder: Path, name: str) -> Path | None:
    # Beside a folder that is a link, "../scheduler" may mean where the link lies, as people see it, or where it leads.
    try:
        return next((path for path in (Path(os.path.abspath(folder / name)), folder / name) if path.is_file()), None)
    except (OSError, ValueError):
        return None


def _from_hub(source: str, name: str) -> Path | None:
    from huggingface_hub import hf_hub_download, try_to_load_from_cache
    from huggingface_hub.errors import EntryNotFoundError, HFValidationError, LocalEntryNotFoundError

    if name.startswith("../"):
        return None
    try:
        return Path(hf_hub_download(source, name))
    except (LocalEntryNotFoundError, HFValidationError) as error:
        # Offline, a repository that was never fetched and a file that it lacks look alike; the caller knows which files must be there.
        if name.removeprefix("unet/") in (CONFIG, *WEIGHTS):
            return None
        # What the hub once said not to have, its cache marks with an object that is neither a path nor None.
        if not isinstance(try_to_load_from_cache(source, name), str | None):
            return None
        cause = error.__cause__ or error
        raise TdotError(_unreachable(source, cause)) from cause
    except EntryNotFoundError:
        return None
    except Exception as error:  # the hub's client lets errors of whatever carries its requests through, too
        raise TdotError(_unreachable(source, error)) from error


def _reason(error: BaseException) -> str:
    return " ".join(str(error).split())[:160]


def _unreachable(source: str, error: BaseException) -> str:
    return (
        f"No diffusers UNet2DModel could be loaded from {source[:120]!r} ({_reason(error)}). "
        "Give a folder with config.json and diffusion_pytorch_model.safetensors, or a hub id with network access."
    )


def network_folder(source: str, find: Find) -> str:
    """Return where in the source the network lies: "" or "unet/"; raises TdotError when it is in neither."""
    for place in ("unet/", ""):
        if find(place + CONFIG) is not None:
            return place
    raise TdotError(_unreachable(source, FileNotFoundError("no config.json")))


def scheduler_configs(find: Find, place: str) -> list[dict[str, Any]]:
    """Return the scheduler's settings: beside the network, in scheduler/, and in a scheduler/ beside its folder.

    Raises TdotError when none is found and one may be where nothing could be fetched.
    """
    found: list[dict[str, Any]] = []
    failed: TdotError | None = None
    for name in dict.fromkeys((SCHEDULER, place + SCHEDULER, f"scheduler/{SCHEDULER}", f"../scheduler/{SCHEDULER}")):
        try:
            path = find(name)
        except TdotError as error:
            path, failed = None, error
        if path is not None:
            found.append(read_config(path))
    # Offline, a cache has what was fetched and seldom says what the hub lacks; so one that is there is enough.
    if failed is not None and not found:
        raise TdotError(
            f"Whether this network has a {SCHEDULER} could not be found out ({_reason(failed.__cause__ or failed)}), and without it "
            "the noise levels would be guessed. Try again with network access, or give a folder that holds both."
        ) from failed
    return found


def read_config(path: Path) -> dict[str, Any]:
    """Read a JSON object; raises TdotError naming the file when it is none."""
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise TdotError(f"{path.parent.name}/{path.name} cannot be read as JSON ({str(error)[:100]}).") from error
    if not isinstance(config, dict):
        raise TdotError(f"{path.parent.name}/{path.name} must hold a JSON object, found {type(config).__name__}.")
    return config
