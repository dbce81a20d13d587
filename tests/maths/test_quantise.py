"""The 256 levels, and what goes wrong without rounding."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tdot_core.maths.quantise import from_uint8, to_uint8
from tdot_core.maths.streams import normal, stream

LEVELS = torch.arange(256, dtype=torch.uint8).repeat(3, 1).T.reshape(4, 8, 8, 3)


def test_all_levels_come_back() -> None:
    assert torch.equal(to_uint8(from_uint8(LEVELS)), LEVELS)


def test_truncation_would_move_63_of_them() -> None:
    """Why this function exists; the number is the design's."""
    x = from_uint8(LEVELS)
    truncated = ((x + 1) / 2 * 255).byte().permute(0, 2, 3, 1)
    assert int((truncated != LEVELS)[..., 0].sum()) == 63


def test_truncation_would_darken_half_of_all_values() -> None:
    x = torch.from_numpy(stream(0, "z").uniform(-1, 1, (50, 3, 16, 16)).astype(np.float32))
    difference = to_uint8(x).int() - ((x + 1) / 2 * 255).byte().permute(0, 2, 3, 1).int()
    assert set(difference.unique().tolist()) == {0, 1}
    assert float(difference.float().mean()) == pytest.approx(0.5, abs=0.02)


@given(st.floats(-1, 1))
def test_takes_the_nearest_level(value: float) -> None:
    x = torch.full((1, 3, 1, 1), value, dtype=torch.float64)
    level = int(to_uint8(x)[0, 0, 0, 0])
    assert abs(level - (value + 1) * 127.5) <= 0.5 + 1e-9


def test_values_out_of_range_are_clamped() -> None:
    x = torch.tensor([-1e9, -1.5, 1.5, float("inf")]).view(4, 1, 1, 1).expand(4, 3, 1, 1)
    assert to_uint8(x)[:, 0, 0, 0].tolist() == [0, 0, 255, 255]


def test_nan_has_no_level() -> None:
    with pytest.raises(ValueError, match="NaN"):
        to_uint8(torch.full((1, 3, 2, 2), float("nan")))


def test_layouts() -> None:
    x = normal([1, 2], "z", (3, 4, 5))
    images = to_uint8(x)
    assert images.shape == (2, 4, 5, 3) and images.dtype == torch.uint8 and images.is_contiguous()
    back = from_uint8(images)
    assert back.shape == (2, 3, 4, 5) and back.dtype == torch.float32
    assert float(back.min()) >= -1 and float(back.max()) <= 1
    bright = torch.full((1, 3, 1, 1), -1.0)
    bright[0, 1] = 1
    assert to_uint8(bright)[0, 0, 0].tolist() == [0, 255, 0]


def test_leaves_its_input_alone() -> None:
    x = torch.zeros(1, 3, 2, 2)
    to_uint8(x)
    assert torch.equal(x, torch.zeros(1, 3, 2, 2))
