"""Another prior's own x_t from a .npz: what the imported prior draws from without a data set."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from tdot_core.errors import TdotError
from tdot_core.maths.schedule import SCHEDULES, NoiseSchedule
from tdot_core.priors.base import IMAGE_SHAPE
from tdot_core.priors.imported import NoisedImages
from tdot_core.services.datasets.readers.array_file import ArrayFile
from tdot_core.services.datasets.readers.contract import Wish
from tdot_core.services.datasets.readers.numpy_members import NumpyMember, is_numpy, list_arrays, read_whole

MAX_BYTES = 2**34
_HOW = "Save it by numpy.savez(FILE, x_t=x_t, t=t), x_t float32 (n, 3, 32, 32) and t its step, a whole number."


def read_starts(path: Path) -> tuple[NoisedImages, str]:
    """Return x_t, t and schedule of a .npz, and a hash of them; x_t stays on disk, in a temporary copy without a name.

    Keys: x_t, float32 (n, 3, 32, 32), finite; t, a whole number from 0 to the schedule's T; schedule, "linear" (the
    default) or "cosine". Nothing is unpickled. Raises TdotError, in one sentence, for anything else.
    """
    file = ArrayFile(path.name, path.stat().st_size, lambda: path.open("rb"))
    if not is_numpy(file):
        raise TdotError(f"{path.name[:80]!r} is no .npz file. {_HOW}")
    arrays = {array.name: array for array in list_arrays([file], Wish(max_bytes=MAX_BYTES, one_set=True))}
    if "x_t" not in arrays or "t" not in arrays:
        found = ", ".join(name[:40] for name in list(arrays)[:6]) or "nothing"
        raise TdotError(f"{path.name[:80]!r} holds {found}, not x_t and t. {_HOW}")
    schedule = str(_scalar(arrays["schedule"], "U")) if "schedule" in arrays else "linear"
    if schedule not in SCHEDULES:
        raise TdotError(f"The schedule of {path.name[:80]!r} is {schedule[:40]!r}; known: {', '.join(SCHEDULES)}.")
    t, highest = int(_scalar(arrays["t"], "iu")), NoiseSchedule(schedule).T
    if not 0 <= t <= highest:
        raise TdotError(f"The t of {path.name[:80]!r} is {t}; it counts noising steps, from 0 to {highest:,}.")
    x_t, digest = _on_disk(arrays["x_t"])
    return NoisedImages(x_t, t, schedule), f"{digest}-{t}-{schedule}"


def _scalar(array: NumpyMember, kinds: str) -> Any:
    shape, dtype = array.header.shape, array.header.dtype
    if int(np.prod(shape)) != 1 or dtype.kind not in kinds or dtype.itemsize > 256:
        raise TdotError(
            f"{array.name} should be one {'word' if 'U' in kinds else 'whole number'}, found {dtype} {shape}."
        )
    return read_whole(array).reshape(-1)[0]


def _on_disk(array: NumpyMember) -> tuple[Any, str]:
    shape, dtype = array.header.shape, array.header.dtype
    if shape[1:] != IMAGE_SHAPE or dtype != np.float32 or not shape[0]:
        raise TdotError(f"x_t should be float32 (n, 3, 32, 32), found {dtype} {shape}. {_HOW}")
    digest = hashlib.sha256()
    with tempfile.TemporaryFile() as copy:
        for block in array.blocks():
            if not np.isfinite(block).all():
                raise TdotError("x_t holds NaN or infinite numbers. Mend it.")
            data = block.tobytes()
            digest.update(data)
            copy.write(data)
        copy.flush()
        # The memory map keeps the file alive after it is closed.
        return np.memmap(copy, dtype=np.float32, mode="r", shape=shape), digest.hexdigest()[:16]
