"""Which kind of processor a device of this machine is, for a process that has no other use for torch and its half a gigabyte."""

from __future__ import annotations

import json
import subprocess
import sys

from tdot_core.errors import TdotError
from tdot_core.services.storage.paths import project_root

ASK = (
    "import json, sys; from tdot_core.services.compute.hardware_here import _asked; "
    "sys.stdout.write(json.dumps(_asked(sys.argv[1])))"
)
SECONDS = 300


def hardware_here(device: str) -> str:
    """Return `hardware_of` for a device's name; torch is asked in a process of its own unless it is imported already.

    Raises TdotError for an unknown device or one that this machine lacks.
    """
    found = _asked(device) if "torch" in sys.modules else _ask(device)
    if "error" in found:
        raise TdotError(found["error"])
    return found["hardware"]


def _ask(device: str) -> dict[str, str]:
    try:
        said = subprocess.run(
            [sys.executable, "-c", ASK, device],
            cwd=project_root(),
            capture_output=True,
            text=True,
            check=True,
            timeout=SECONDS,
            stdin=subprocess.DEVNULL,
        )
        return dict(json.loads(said.stdout))
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise TdotError(
            f"Torch could not be asked for this machine's processor ({type(error).__name__}). Name it as hardware in the file."
        ) from error


def _asked(device: str) -> dict[str, str]:
    from tdot_core.services.compute.device import find_device
    from tdot_core.services.compute.hardware import hardware_of

    try:
        return {"hardware": hardware_of(find_device(device))}
    except TdotError as error:
        return {"error": str(error)}
