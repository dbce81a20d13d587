"""The decoder's coloured noise, against covariances worked out directly."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from tdot_core.models.texture import Texture


def filtered(n: int, generator: torch.Generator) -> Tensor:
    """White noise under a periodic 3-tap filter and a channel mix, whose covariances are known."""
    white = torch.randn((n, 3, 32, 32), generator=generator)
    smooth = (white + white.roll(1, 3) + white.roll(-1, 3)) / 3**0.5
    mix = torch.tensor([[1.0, 0.0, 0.0], [0.8, 0.6, 0.0], [0.0, 0.0, 0.5]])
    return torch.einsum("ij,njhw->nihw", mix, smooth)


def covariances(x: Tensor) -> dict[str, float]:
    def mean(a: Tensor, b: Tensor) -> float:
        return float((a * b).mean())

    return {
        "own": mean(x[:, 0], x[:, 0]),
        "weak channel": mean(x[:, 2], x[:, 2]),
        "between channels": mean(x[:, 0], x[:, 1]),
        "right neighbour": mean(x[:, 0], x[:, 0].roll(-1, 2)),
        "second neighbour": mean(x[:, 0], x[:, 0].roll(-2, 2)),
        "lower neighbour": mean(x[:, 0], x[:, 0].roll(-1, 1)),
        "across and between": mean(x[:, 0], x[:, 1].roll(-1, 2)),
    }


WANTED = {
    "own": 1.0,
    "weak channel": 0.25,
    "between channels": 0.8,
    "right neighbour": 2 / 3,
    "second neighbour": 1 / 3,
    "lower neighbour": 0.0,
    "across and between": 0.8 * 2 / 3,
}


def test_white_noise_stays_as_it_is_until_something_was_observed() -> None:
    white = torch.randn((2, 3, 32, 32), generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(Texture(8, 8).colour(white), white, rtol=0, atol=1e-5)


def test_noise_takes_the_covariance_of_the_residuals() -> None:
    generator = torch.Generator().manual_seed(1)
    texture = Texture(8, 8)
    for _ in range(600):
        texture.observe(filtered(16, generator))
    noise = texture.colour(torch.randn((400, 3, 32, 32), generator=generator))
    for name, value in covariances(noise).items():
        assert abs(value - WANTED[name]) < 0.03, name


def test_coloured_noise_is_the_same_for_one_image_and_for_many() -> None:
    generator = torch.Generator().manual_seed(2)
    texture = Texture(8, 8)
    texture.observe(filtered(64, generator))
    white = torch.randn((5, 3, 32, 32), generator=generator)
    torch.testing.assert_close(texture.colour(white)[3], texture.colour(white[3:4])[0])


def test_the_spectrum_is_part_of_the_weights() -> None:
    texture, copy = Texture(8, 8), Texture(8, 8)
    texture.observe(filtered(64, torch.Generator().manual_seed(3)))
    copy.load_state_dict(texture.state_dict())
    assert torch.equal(copy.spectrum_real, texture.spectrum_real)
    assert not np.allclose(texture.spectrum_imag, 0)
