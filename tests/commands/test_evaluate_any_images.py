"""Images of generated sizes, forms and resizes: the right distance, or one sentence; never a silent crop, never a traceback."""

from __future__ import annotations

import io
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from PIL import Image

from tdot_core.__main__ import main

SIDE = st.sampled_from([1, 7, 31, 32, 33, 64, 90])
RESIZE = st.sampled_from(["", "torch-fidelity", "pytorch-fid", "clean"])


def encode(image: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return buffer.getvalue()


def written(folder: Path, name: str, images: list[np.ndarray], form: str) -> str:
    one_shape = len({image.shape for image in images}) == 1
    if form == "npz" and one_shape:
        np.savez(folder / f"{name}.npz", images=np.stack(images))
        return str(folder / f"{name}.npz")
    if form == "npy" and one_shape and min(images[0].shape[:2]) > 3:
        np.save(folder / name, np.stack(images).transpose(0, 3, 1, 2).astype(np.float32) / 255)
        return str(folder / f"{name}.npy")
    if form == "parquet":
        import pyarrow as pa
        import pyarrow.parquet as pq

        pq.write_table(pa.table({"image": [encode(image) for image in images]}), folder / f"{name}.parquet")
        return str(folder / f"{name}.parquet")
    (folder / name).mkdir()
    for k, image in enumerate(images):
        Image.fromarray(image).save(folder / name / f"{k}.png")
    return str(folder / name)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Any, list[str]]:
    capsys.readouterr()
    code = main([*arguments, "--json"])
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return (
        code,
        json.loads(out) if code == 0 else None,
        [line for line in err.splitlines() if line.startswith("error:")],
    )


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sizes=st.lists(st.tuples(SIDE, SIDE), min_size=1, max_size=2),
    n=st.integers(2, 5),
    form=st.sampled_from(["folder", "npz", "npy", "parquet"]),
    side=st.sampled_from(["real", "statistics"]),
    making=RESIZE,
    measuring=RESIZE,
    seed=st.integers(0, 2**16),
)
def test_the_same_pictures_are_at_no_distance_or_one_sentence_says_why_not(
    feature_net: Path,
    first_inception_layer: Path,
    capsys: pytest.CaptureFixture[str],
    sizes: list[tuple[int, int]],
    n: int,
    form: str,
    side: str,
    making: str,
    measuring: str,
    seed: int,
) -> None:
    # An array with one or three rows could have its colours there, and is refused (tests/services/datasets).
    assume(form not in ("npz", "npy") or all(height not in (1, 3) for height, _ in sizes))
    random = np.random.default_rng(seed)
    images = [random.integers(0, 256, (*sizes[k % len(sizes)], 3), dtype=np.uint8) for k in range(n)]
    several = len(set(sizes)) > 1
    inception = ["--extractor", "inception", "--weights", str(first_inception_layer), "--device", "cpu"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = written(folder, "made", images, form)
        real = made
        if side == "statistics":
            real = str(folder / "of-made.npz")
            code, _, said = run(
                capsys,
                "statistics",
                "--images",
                made,
                *inception,
                "--resize",
                making or "torch-fidelity",
                "--out",
                real,
            )
            assert (code, len(said)) == ((2, 1) if several else (0, 0))
            if several:
                assert "several sizes" in said[0]
                return
        code, rows, said = run(
            capsys, "evaluate", "--images", made, f"--{side}", real, *inception, "--resize", measuring, "--metric", "fd"
        )
    if several:
        assert code == 2 and len(said) == 1 and "several sizes" in said[0]
    elif side == "statistics" and (making or "torch-fidelity") != (measuring or "torch-fidelity"):
        assert code == 2 and len(said) == 1 and "resize" in said[0]
    else:
        assert code == 0, said
        (row,) = rows
        height, width = sizes[0]
        assert row["metrics"]["fd"]["value"] == pytest.approx(0, abs=1e-4)
        assert row.get("size", "32x32") == f"{width}x{height}"
        assert row.get("resize", "torch-fidelity") == (measuring or "torch-fidelity") and "cropped" not in row["note"]
