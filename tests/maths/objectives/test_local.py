"""Local slices against POT and scipy on the same projections, and where and how they point."""

from __future__ import annotations

import math

import numpy as np
import ot
import pytest
import scipy.fft
import torch

from tdot_core.maths.objectives.local import (
    PER_SQUARE,
    POWERS,
    SIDES,
    cosine_transform,
    local_directions,
    relative_sliced_wasserstein,
)
from tdot_core.maths.objectives.sliced import random_directions
from tdot_core.maths.streams import normal


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def white(n: int = 64, shape: tuple[int, ...] = (3, 32, 32)) -> torch.Tensor:
    return normal(range(n), "z", shape)


def test_each_direction_is_a_unit_vector_on_one_square_inside_the_image() -> None:
    theta = local_directions(white(), 10 * PER_SQUARE + 1, generator())
    assert theta.shape == (3072, 10 * PER_SQUARE + 1)
    assert torch.allclose(theta.norm(dim=0), torch.ones(theta.shape[1]), atol=1e-6)
    for k, image in enumerate(theta.T.reshape(-1, 3, 32, 32)):
        rows, columns = (torch.nonzero(image.abs().sum(dim=dims))[:, 0] for dims in ((0, 2), (0, 1)))
        side = SIDES[k // PER_SQUARE % len(SIDES)]
        assert len(rows) == len(columns) == side
        assert rows[-1] - rows[0] == columns[-1] - columns[0] == side - 1


def test_places_cover_the_image_evenly() -> None:
    drawn = local_directions(white(2, (1, 8, 8)), 2500 * len(SIDES) * PER_SQUARE, generator(1))
    theta = drawn[:, :: len(SIDES) * PER_SQUARE]  # side 3, 6 places each way
    first = (theta.reshape(8, 8, -1).abs().sum(dim=1) > 0).float().argmax(dim=0)
    share = torch.bincount(first, minlength=6) / len(first)
    assert len(share) == 6 and torch.allclose(share, torch.full((6,), 1 / 6), atol=0.03)


def test_the_cosine_transform_is_scipys_and_turns_back() -> None:
    x = white(5, (3, 8, 8))
    expected = scipy.fft.dctn(x.numpy(), axes=(1, 2, 3), norm="ortho")
    np.testing.assert_allclose(cosine_transform(x).numpy(), expected, atol=1e-5)
    torch.testing.assert_close(cosine_transform(cosine_transform(x), inverse=True), x, atol=1e-5, rtol=0)


def test_powers_go_from_what_varies_most_to_every_frequency_alike() -> None:
    """On images whose brightness varies 100 times as much as all else, p = 0 sees brightness, p = 1 sees the rest as well."""
    coefficients = white(256, (3, 32, 32))
    coefficients[:, 0, 0, 0] *= 100
    real = cosine_transform(coefficients, inverse=True)
    theta = local_directions(real, 5 * PER_SQUARE, generator(7))[:, 4 * PER_SQUARE :]  # side 32: the whole image
    seen = cosine_transform(theta.T.reshape(-1, 3, 32, 32)) * cosine_transform(real).std(dim=0)
    share = (seen[:, 0, 0, 0] ** 2 / seen.square().sum(dim=(1, 2, 3))).reshape(-1, len(POWERS)).mean(dim=0)
    # s^2 g_0^2 / (s^2 g_0^2 + 3071) with s = 100^(1 - p), averaged over g_0
    grid = torch.linspace(-6, 6, 4001)
    density = torch.exp(-grid.square() / 2) / math.sqrt(2 * math.pi) * (grid[1] - grid[0])
    for p, found in zip(POWERS, share.tolist(), strict=True):
        s2 = 100.0 ** (2 - 2 * p)
        expected = float((density * s2 * grid**2 / (s2 * grid**2 + 3071)).sum())
        assert found == pytest.approx(expected, abs=0.35 if p == 0 else 0.05)


def test_images_that_do_not_vary_have_directions_all_the_same() -> None:
    theta = local_directions(torch.zeros(4, 3, 32, 32), 30, generator(8))
    assert torch.allclose(theta.norm(dim=0), torch.ones(30), atol=1e-6)


def test_equals_pots_distance_slice_by_slice_over_the_real_deviation() -> None:
    real, fake = white().flatten(1), 0.3 + 1.4 * normal(range(64), "lift", (3072,))
    theta = local_directions(white(), 25, generator(2))
    slices = [theta[:, k : k + 1].numpy() for k in range(25)]
    expected = np.mean(
        [
            ot.sliced_wasserstein_distance(real.numpy(), fake.numpy(), projections=one, p=2) ** 2
            / np.std(real.numpy() @ one)
            for one in slices
        ]
    )
    assert float(relative_sliced_wasserstein(real, fake, theta)) == pytest.approx(float(expected), rel=1e-4)


def test_sees_edges_that_slices_of_whole_images_do_not() -> None:
    """Blocks of random sign and blocks of Gaussian grey have equal moments up to the third, but only one has two levels."""

    def blocks(first: int) -> torch.Tensor:
        return normal(range(first, first + 512), "z", (3, 4, 4)).repeat_interleave(8, 2).repeat_interleave(8, 3)

    signs, grey, more_grey = blocks(0).sign(), blocks(1000), blocks(2000)
    local, whole = local_directions(grey, 500, generator(3)), random_directions(3072, 500, generator(3))
    local_ratio, whole_ratio = (
        float(
            relative_sliced_wasserstein(grey.flatten(1), signs.flatten(1), theta)
            / relative_sliced_wasserstein(grey.flatten(1), more_grey.flatten(1), theta)
        )
        for theta in (local, whole)
    )
    assert local_ratio > 2 > 1.3 > whole_ratio


def test_comes_from_the_generator_alone() -> None:
    one, two = (local_directions(white(), 10, generator(5)) for _ in range(2))
    assert torch.equal(one, two) and not torch.equal(one, local_directions(white(), 10, generator(6)))
