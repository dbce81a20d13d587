"""Trajectories as files, read back with PIL and, where it is installed, ffprobe's own decoder."""

from __future__ import annotations

import io
import shutil
import subprocess

import numpy as np
import pytest
from PIL import Image, ImageSequence

from tdot_core.errors import TdotError
from tdot_core.services.sampling.animation import animation, formats, trajectory_frames


def frames(k: int = 4) -> list[np.ndarray]:
    return list(np.random.default_rng(0).integers(0, 256, (k, 34, 51, 3), dtype=np.uint8))


def test_a_webp_holds_every_frame_unchanged_and_holds_the_last() -> None:
    picture = Image.open(io.BytesIO(animation(frames(), "webp", fps=10)))
    shown, times = [], []
    for frame in ImageSequence.Iterator(picture):
        shown.append(np.asarray(frame.convert("RGB")))
        times.append(frame.info["duration"])
    assert np.array_equal(np.stack(shown), np.stack(frames())) and picture.info["loop"] == 0
    assert times == [100, 100, 100, 1000]


def test_a_gif_loops_through_as_many_frames() -> None:
    flat = [np.full((20, 20, 3), value, np.uint8) for value in (0, 90, 180, 255)]
    picture = Image.open(io.BytesIO(animation(flat, "gif", fps=5)))
    shown = [np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(picture)]
    assert np.array_equal(np.stack(shown), np.stack(flat)) and picture.info["loop"] == 0


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs ffmpeg")
def test_an_mp4_decodes_to_nearly_the_same_frames() -> None:
    flat = [np.full((34, 50, 3), value, np.uint8) for value in (20, 120, 220)]
    decoded = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", "-", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"],
        input=animation(flat, "mp4", fps=10),
        capture_output=True,
        check=True,
    ).stdout
    back = np.frombuffer(decoded, np.uint8).reshape(-1, 34, 50, 3).astype(int)
    assert len(back) == 3 + 10 and np.abs(back[:3] - np.stack(flat)).max() <= 4


def test_without_ffmpeg_there_is_no_mp4(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert formats() == ["gif", "webp"]
    with pytest.raises(TdotError, match="ffmpeg"):
        animation(frames(), "mp4")


def test_another_kind_is_refused() -> None:
    with pytest.raises(TdotError, match="gif, webp"):
        animation(frames(), "avi")


def test_columns_of_different_lengths_start_and_end_together() -> None:
    def states(k: int, base: int) -> list[np.ndarray]:
        return [np.full((1, 32, 32, 3), base + i, np.uint8) for i in range(k)]

    made = trajectory_frames([states(5, 0), states(3, 100)])
    assert [int(frame[0, 0, 0]) for frame in made] == [0, 1, 2, 3, 4]
    assert [int(frame[-1, 0, 0]) for frame in made] == [100, 100, 101, 102, 102]
