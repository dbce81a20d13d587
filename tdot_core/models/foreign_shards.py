"""All of a foreign network's weights: one file, or the shards that an index names."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor

from tdot_core.errors import TdotError
from tdot_core.models.foreign_files import WEIGHTS, Find, read_config
from tdot_core.models.foreign_weights import read_state


def whole_state(find: Find, folder: str, source: str) -> dict[str, Tensor]:
    """Return every tensor by name, from the first of the files that diffusers would take; raises TdotError when there is none.

    folder: where in the source the network lies. Nor may a shard be missing, or a tensor lie in two of them.
    """
    for name in WEIGHTS:
        path = find(folder + name)
        if path is not None:
            return _joined(path, find, folder) if path.suffix == ".json" else read_state(path)
    raise TdotError(
        f"No diffusers UNet2DModel could be loaded from {source[:120]!r}: beside its config.json lie no weights called "
        "diffusion_pytorch_model (.safetensors, .bin or their shards). Give a folder that has them, or a hub id with network access."
    )


def _joined(index: Path, find: Find, folder: str) -> dict[str, Tensor]:
    shards = _shards(index)
    parts = [path for shard in shards if (path := find(folder + shard)) is not None]
    if len(parts) < len(shards):
        raise TdotError(f"{index.name} names weights that are not there. Bring all of its {len(shards)} files.")
    found: dict[str, Tensor] = {}
    for part in parts:
        state = read_state(part)
        if twice := sorted(found.keys() & state.keys()):
            raise TdotError(f"Of {index.name}, {twice[0][:80]} lies in two of its files. Save the network again.")
        found |= state
    return found


def _shards(path: Path) -> list[str]:
    """Return the files that an index of weights names; raises TdotError unless they lie beside it."""
    named = read_config(path).get("weight_map")
    files = list(named.values()) if isinstance(named, dict) else []
    if not files or not all(isinstance(file, str) and file == Path(file).name and "\0" not in file for file in files):
        raise TdotError(f"{path.name} must name a file beside it for every tensor, under weight_map.")
    return sorted(set(files))
