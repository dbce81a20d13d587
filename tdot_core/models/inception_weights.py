"""Reading Inception weights from files that may be hostile, and keeping a safe copy under their hash."""

from __future__ import annotations

import hashlib
import json
import pickle
import tempfile
import zipfile
from collections.abc import Generator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safetensors import SafetensorError, safe_open

from tdot_core.errors import TdotError
from tdot_core.models.extractors.base import Fetch
from tdot_core.progress import Progress

if TYPE_CHECKING:
    from torch import Tensor

# Torch is imported where tensors are read, so that a screen can list what is available without it.
OFFICIAL, NETWORK = "6726825d", "fid"
LARGEST_FILE = 2**30
INSTEAD = (
    "Use extractor cifar-cnn, which ships with TDOT, or fetch Inception's weights elsewhere and give their path with --weights or "
    "TDOT_INCEPTION."
)


def read_state(path: Path) -> dict[str, Tensor]:
    """Read a state dict from .safetensors, or from .pth without unpickling anything but tensors.

    Raises TdotError when the file is missing, over 1 GiB, damaged, a TorchScript program, or would need to run code.
    """
    import torch
    from safetensors.torch import load_file

    if not path.is_file():
        raise TdotError(
            f"Inception weights {path.name} do not exist there; give the path of torch-fidelity's .pth file."
        )
    if path.stat().st_size > LARGEST_FILE:
        raise TdotError(f"{path.name} is larger than 1 GiB; torch-fidelity's Inception weights are 91 MB.")
    if _is_program(path):
        raise TdotError(
            f"{path.name} is a TorchScript program, such as NVIDIA's inception-2015-12-05.pt: it holds code beside its weights, "
            "and reading it would need to trust that. Give the same network as a file of tensors: torch-fidelity's .pth."
        )
    try:
        state = load_file(path) if path.suffix == ".safetensors" else torch.load(path, "cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise TdotError(
            f"{path.name} is refused: it is not a plain file of tensors, and opening it could run code. Nothing was run."
        ) from error
    except Exception as error:  # A damaged or hostile file can fail anywhere in the parsers.
        raise TdotError(f"{path.name} cannot be read as weights; it may be truncated ({str(error)[:100]}).") from error
    if not isinstance(state, dict) or not all(isinstance(v, torch.Tensor) for v in state.values()):
        raise TdotError(f"{path.name} holds no state dict of tensors; expected torch-fidelity's Inception weights.")
    return state


def _is_program(path: Path) -> bool:
    """Tell whether a file is TorchScript: a zip with a table of constants beside the pickled tensors."""
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name.endswith("/constants.pkl") for name in archive.namelist())
    except (OSError, ValueError, NotImplementedError, zipfile.BadZipFile):
        return False


def safe_copy(path: Path, store: Path) -> Path:
    """Return the copy of a weights file in store, made if need be: tensors only, named after the source's SHA-256.

    It keeps the tensors that the layers and the class probabilities need; its header lists what is available. Raises TdotError as read_state does,
    and when the file holds another network.
    """
    from safetensors.torch import save_file

    from tdot_core.models.inception import LOGITS, expected_shapes, gives_logits

    if not path.is_file():
        read_state(path)
    copy = copy_path(path, store)
    if not _judged(copy):
        state = read_state(path)
        layers = _layers_of(path, state)
        if not layers:
            raise TdotError(f"{path.name} holds no Inception weights; expected torch-fidelity's state dict.")
        names = [name for layer, shapes in expected_shapes().items() if layer in layers for name in shapes]
        classifies = gives_logits(state)
        names += [LOGITS] if classifies else []
        store.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=store) as folder:
            fresh = Path(folder) / copy.name
            # One entry: safetensors writes several in any order, and equal sources are to give equal copies.
            facts = {"contents": json.dumps({"layers": layers, "classifies": classifies, "network": NETWORK})}
            save_file({n: state[n].float().contiguous() for n in names}, fresh, facts)
            fresh.replace(copy)
    return copy


def _layers_of(path: Path, state: dict[str, Tensor]) -> tuple[str, ...]:
    from tdot_core.models.inception import available_layers

    try:
        return available_layers(state)
    except TdotError as error:
        raise TdotError(f"{path.name} is refused. {error}") from error


def copy_path(path: Path, store: Path) -> Path:
    """Return where the safe copy of a weights file belongs; raises TdotError when the file cannot be read."""
    try:
        facts = path.stat()
        digest = _file_hash(path.resolve(), facts.st_size, facts.st_mtime_ns)
    except OSError as error:
        raise TdotError(f"{path.name} cannot be read ({error.strerror}); give the path of a weights file.") from error
    return store / f"inception-{digest}.safetensors"


@lru_cache(maxsize=8)
def _file_hash(path: Path, size: int, modified: int) -> str:
    # Screens ask at every rerun; size and time tell whether 91 MB need to be read again.
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def whole(copy: Path) -> bool:
    """Tell whether a safe copy is there and readable."""
    try:
        return bool(copied_layers(copy))
    except TdotError:
        return False


def _judged(copy: Path) -> bool:
    """Tell whether a safe copy is readable and of the right network; earlier ones, which nobody asked, are made again."""
    try:
        return bool(_contents(copy).get("network") == NETWORK)
    except TdotError:
        return False


def copied_layers(copy: Path) -> tuple[str, ...]:
    """Return the layers of a safe copy, from its header alone; raises TdotError when it is missing or damaged."""
    return tuple(_contents(copy)["layers"])


def _contents(copy: Path) -> dict[str, Any]:
    try:
        with safe_open(copy, framework="np") as file:
            # Copies from before class probabilities were kept have no "contents", and are made again.
            found: dict[str, Any] = json.loads((file.metadata() or {})["contents"])
            return found | {"layers": found["layers"]}
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise TdotError(f"{copy.name} is missing or damaged; give the original weights file again.") from error


def load_copy(copy: Path) -> tuple[dict[str, Tensor], str]:
    """Return the tensors of a safe copy and the SHA-256 of the file it was made from."""
    from safetensors.torch import load_file

    copied_layers(copy)
    return load_file(copy), copy.stem.removeprefix("inception-")


def downloaded_copy(store: Path) -> Path | None:
    """Return the safe copy of torch-fidelity's own weights, or None when they were not downloaded yet."""
    return next((copy for copy in sorted(store.glob(f"inception-{OFFICIAL}*.safetensors")) if whole(copy)), None)


def download(store: Path, fetch: Fetch, address: str | None = None) -> Generator[Progress, None, Path]:
    """Download torch-fidelity's weights (91 MB) with `fetch`, which checks their hash, and return their safe copy.

    address: where from, default torch-fidelity's own. Raises TdotError as fetch does, saying what to do instead.
    """
    from torch_fidelity.feature_extractor_inceptionv3 import URL_INCEPTION_V3

    url = address or URL_INCEPTION_V3
    store.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=store) as folder:
        path = Path(folder) / "inception.pth"
        yield from fetch(url, path, f"sha256:{OFFICIAL}", INSTEAD)
        return safe_copy(path, store)
