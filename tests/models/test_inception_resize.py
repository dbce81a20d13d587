"""Each tool's resize against the tool's own arithmetic, and against numbers that the tools themselves gave."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional
from torch_fidelity.interpolate_compat_tensorflow import interpolate_bilinear_2d_like_tensorflow1x

from tdot_core.models.inception_resize import KINDS
from tdot_core.models.resizes import CLEAN, PYTORCH_FID, RESIZES, TORCH_FIDELITY

SIZES = [(32, 32), (64, 48), (299, 299), (300, 512), (7, 1)]


def picture(height: int, width: int) -> np.ndarray:
    return np.random.RandomState(0).randint(0, 256, (height, width, 3)).astype(np.uint8)


def ours(name: str, image: np.ndarray) -> np.ndarray:
    x = torch.from_numpy(image).permute(2, 0, 1)[None].float()
    return np.asarray(KINDS[name](torch.device("cpu"))(x)[0])


def torch_fidelitys(image: np.ndarray) -> np.ndarray:
    x = torch.from_numpy(image).permute(2, 0, 1)[None].float()
    return np.asarray(
        (interpolate_bilinear_2d_like_tensorflow1x(x, size=(299, 299), align_corners=False) - 128)[0] / 128
    )


def pytorch_fids(image: np.ndarray) -> np.ndarray:
    """As its InceptionV3.forward: images in 0..1, bilinear, then 2 x - 1."""
    x = torch.from_numpy(image).permute(2, 0, 1)[None].float() / 255
    return np.asarray(2 * functional.interpolate(x, size=(299, 299), mode="bilinear", align_corners=False)[0] - 1)


def clean_fids(image: np.ndarray) -> np.ndarray:
    """As its make_resizer("PIL", False, "bicubic"): every channel a float image; then the network's own (x - 128) / 128."""
    channels = [
        Image.fromarray(image[..., k].astype(np.float32)).resize((299, 299), Image.Resampling.BICUBIC) for k in range(3)
    ]
    return (np.stack([np.asarray(channel).clip(0, 255) for channel in channels]) - 128) / 128


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize(
    ("name", "theirs"), [(TORCH_FIDELITY, torch_fidelitys), (PYTORCH_FID, pytorch_fids), (CLEAN, clean_fids)]
)
def test_every_resize_is_its_tools(name: str, theirs: object, size: tuple[int, int]) -> None:
    image = picture(*size)
    found = ours(name, image)
    assert found.shape == (3, 299, 299)
    np.testing.assert_allclose(found, theirs(image), rtol=0, atol=2e-5)  # type: ignore[operator]


GIVEN = {
    CLEAN: (
        [186.72506713867188, 87.95417022705078, 74.95223236083984, 3.755614757537842],
        127.32612609863281,
        59.88337707519531,
    ),
    PYTORCH_FID: (
        [0.3490196466445923, -0.2901914119720459, -0.2524092197418213, -0.7803921699523926],
        -0.0013755379477515817,
        0.38603416085243225,
    ),
}
"""Pixels, mean and standard deviation of a picture of 48 x 64 as clean-fid 0.1.35's build_resizer("clean") gave it (in 0..255),
and as pytorch-fid 0.3.0's InceptionV3 passes it to its first layer."""


@pytest.mark.parametrize("name", GIVEN)
def test_the_tools_themselves_gave_these_numbers(name: str) -> None:
    found = ours(name, picture(48, 64)).astype(np.float64)
    found = found * 128 + 128 if name == CLEAN else found
    pixels, mean, deviation = GIVEN[name]
    places = ((0, 0, 0), (1, 10, 200), (2, 150, 149), (0, 298, 298))
    scale = 128 if name == CLEAN else 1
    assert [found[place] for place in places] == pytest.approx(pixels, abs=2e-5 * scale)
    assert (found.mean(), found.std()) == pytest.approx((mean, deviation), abs=1e-4 * scale)


def test_the_resizes_differ_and_each_has_its_name() -> None:
    found = [ours(name, picture(48, 48)) for name in RESIZES]
    assert list(KINDS) == list(RESIZES)
    for k, one in enumerate(found):
        assert all(np.abs(one - other).max() > 0.05 for other in found[:k])


@pytest.mark.parametrize("name", RESIZES)
def test_a_picture_of_one_colour_keeps_it(name: str) -> None:
    flat = np.full((40, 24, 3), 200, np.uint8)
    expected = 2 * 200 / 255 - 1 if name == PYTORCH_FID else (200 - 128) / 128
    np.testing.assert_allclose(ours(name, flat), expected, rtol=0, atol=1e-5)
