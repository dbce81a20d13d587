"""Local slices against POT on the same projections, and where and how they point."""

from __future__ import annotations

import numpy as np
import ot
import pytest
import torch

from tdot_core.maths.objectives.local import SIDES, local_directions, standardised_sliced_wasserstein
from tdot_core.maths.objectives.sliced import random_directions
from tdot_core.maths.streams import normal


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_each_direction_is_a_unit_vector_on_one_square_inside_the_image() -> None:
    theta = local_directions((3, 32, 32), 200, generator())
    assert torch.allclose(theta.norm(dim=0), torch.ones(200), atol=1e-6)
    for k, image in enumerate(theta.T.reshape(200, 3, 32, 32)):
        rows, columns = (torch.nonzero(image.abs().sum(dim=dims))[:, 0] for dims in ((0, 2), (0, 1)))
        side = SIDES[k % len(SIDES)]
        assert len(rows) == len(columns) == side
        assert rows[-1] - rows[0] == columns[-1] - columns[0] == side - 1


def test_places_cover_the_image_evenly() -> None:
    theta = local_directions((1, 8, 8), 50_000, generator(1))[:, :: len(SIDES)]  # side 3, 6 places each way
    first = (theta.reshape(8, 8, -1).abs().sum(dim=1) > 0).float().argmax(dim=0)
    share = torch.bincount(first, minlength=6) / len(first)
    assert len(share) == 6 and torch.allclose(share, torch.full((6,), 1 / 6), atol=0.02)


def test_equals_pots_distance_slice_by_slice_over_the_real_variance() -> None:
    real, fake = normal(range(64), "z", (3072,)), 0.3 + 1.4 * normal(range(64), "lift", (3072,))
    theta = local_directions((3, 32, 32), 25, generator(2))
    slices = [theta[:, k : k + 1].numpy() for k in range(25)]
    expected = np.mean([
        ot.sliced_wasserstein_distance(real.numpy(), fake.numpy(), projections=one, p=2) ** 2 / np.var(real.numpy() @ one)
        for one in slices
    ])  # fmt: skip
    assert float(standardised_sliced_wasserstein(real, fake, theta)) == pytest.approx(float(expected), rel=1e-4)


def test_sees_edges_that_slices_of_whole_images_do_not() -> None:
    """Blocks of random sign and blocks of Gaussian grey have equal moments up to the third, but only one has two levels."""

    def blocks(first: int) -> torch.Tensor:
        return (
            normal(range(first, first + 512), "z", (3, 4, 4)).repeat_interleave(8, 2).repeat_interleave(8, 3).flatten(1)
        )

    signs, grey, more_grey = blocks(0).sign(), blocks(1000), blocks(2000)
    local, whole = local_directions((3, 32, 32), 500, generator(3)), random_directions(3072, 500, generator(3))
    local_ratio, whole_ratio = (
        float(
            standardised_sliced_wasserstein(grey, signs, theta)
            / standardised_sliced_wasserstein(grey, more_grey, theta)
        )
        for theta in (local, whole)
    )
    assert local_ratio > 2 > 1.3 > whole_ratio


def test_comes_from_the_generator_alone() -> None:
    one, two = (local_directions((3, 32, 32), 10, generator(5)) for _ in range(2))
    assert torch.equal(one, two) and not torch.equal(one, local_directions((3, 32, 32), 10, generator(6)))
