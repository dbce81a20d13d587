"""A trajectory as a moving picture."""

from __future__ import annotations

import io
import shutil
import subprocess
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image

from tdot_core.errors import TdotError
from tdot_core.services.sampling.sheets import make_sheet

Images = npt.NDArray[np.uint8]

FPS, HOLD_SECONDS = 10, 1.0
SCALE = 2
SECONDS_LIMIT = 120


def formats() -> list[str]:
    """Return what `animation` can make on this machine: gif, webp, and mp4 where ffmpeg is installed."""
    return ["gif", "webp", *(["mp4"] if shutil.which("ffmpeg") else [])]


def trajectory_frames(columns: Sequence[Sequence[Images]]) -> list[Images]:
    """Return one sheet per state, a row per column: the columns' states (n, 32, 32, 3), as many frames as the longest has.

    Shorter ones stay where they are for some of the frames, so that all start and end together.
    """
    most = max(len(states) for states in columns)
    return [
        make_sheet(
            np.concatenate([states[_place(k, most, len(states))] for states in columns]), len(columns[0][0]), SCALE
        )
        for k in range(most)
    ]


def _place(k: int, most: int, count: int) -> int:
    return round(k * (count - 1) / max(most - 1, 1))


def animation(frames: Sequence[Images], kind: str, fps: int = FPS) -> bytes:
    """Return frames (h, w, 3) uint8 as a looping GIF (256 colours a frame), a lossless WebP, or an H.264 MP4; the last is held.

    Raises TdotError for another kind, and for mp4 where ffmpeg is missing or fails.
    """
    if kind == "mp4":
        return _mp4(frames, fps)
    if kind not in ("gif", "webp"):
        raise TdotError(f"A trajectory can be a {', '.join(formats())}, found {kind!r}.")
    times = [1000 // fps] * (len(frames) - 1) + [round(1000 * HOLD_SECONDS)]
    pictures, buffer = [Image.fromarray(frame) for frame in frames], io.BytesIO()
    options = {"lossless": True, "method": 2} if kind == "webp" else {"disposal": 2}
    pictures[0].save(buffer, kind.upper(), save_all=True, append_images=pictures[1:], duration=times, loop=0, **options)
    return buffer.getvalue()


def _mp4(frames: Sequence[Images], fps: int) -> bytes:
    program = shutil.which("ffmpeg")
    if program is None:
        raise TdotError("An MP4 needs ffmpeg, which is not installed. Install it, or take the GIF or WebP.")
    held = [*frames, *[frames[-1]] * round(fps * HOLD_SECONDS)]
    even = [frame[: frame.shape[0] // 2 * 2, : frame.shape[1] // 2 * 2] for frame in held]  # H.264 halves both sides
    size = f"{even[0].shape[1]}x{even[0].shape[0]}"
    command = [
        program, "-v", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", size, "-r", str(fps), "-i", "-",
        "-c:v", "libx264", "-crf", "16", "-pix_fmt", "yuv420p", "-movflags", "frag_keyframe+empty_moov", "-f", "mp4", "-",
    ]  # fmt: skip
    try:
        pixels = b"".join(frame.tobytes() for frame in even)
        done = subprocess.run(command, input=pixels, capture_output=True, timeout=SECONDS_LIMIT)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise TdotError(f"ffmpeg made no MP4 ({type(error).__name__}). Take the GIF or WebP.") from error
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()[:200]
        raise TdotError(f"ffmpeg made no MP4 ({said}). Take the GIF or WebP.")
    return done.stdout
