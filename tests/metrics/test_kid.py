"""The kernel distance against torch-fidelity and its own expectation."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch_fidelity.metric_kid import kid_features_to_metric

from feature_clouds import cloud
from tdot_core.errors import TdotError
from tdot_core.metrics.features import Features
from tdot_core.metrics.kid import KernelDistance, kernel_distance


def test_equals_torch_fidelity() -> None:
    real, fake = cloud(260, 48, 1), cloud(210, 48, 2, shift=0.2)
    theirs = kid_features_to_metric(
        *(torch.from_numpy(x.astype(np.float64)) for x in (fake, real)),
        kid_subsets=20,
        kid_subset_size=100,
        rng_seed=2020,
        verbose=False,
    )
    ours = kernel_distance(real=real, fake=fake, subsets=20, size=100)
    assert ours == pytest.approx(theirs["kernel_inception_distance_mean"], rel=1e-9)


def test_one_subset_of_everything_is_the_unbiased_estimate() -> None:
    real, fake = cloud(30, 5, 1).astype(np.float64), cloud(30, 5, 2, shift=0.5).astype(np.float64)

    def mean_kernel(x: np.ndarray, y: np.ndarray, same: bool) -> float:
        values = [(a @ b / 5 + 1) ** 3 for i, a in enumerate(x) for j, b in enumerate(y) if not (same and i == j)]
        return float(np.mean(values))

    expected = mean_kernel(real, real, True) + mean_kernel(fake, fake, True) - 2 * mean_kernel(real, fake, False)
    assert kernel_distance(real=real, fake=fake, subsets=1) == pytest.approx(expected, rel=1e-9)


def test_the_estimate_is_unbiased() -> None:
    # One source on both sides: the mean over pairs of sets lies within four standard errors of 0, and some are below.
    values = [kernel_distance(real=cloud(60, 8, s), fake=cloud(60, 8, 1000 + s), subsets=1) for s in range(60)]
    assert abs(np.mean(values)) < 4 * np.std(values) / np.sqrt(60)
    assert min(values) < 0 < max(values)


def test_the_same_call_gives_the_same_value_and_leaves_global_randomness_alone() -> None:
    real, fake = cloud(80, 6, 1), cloud(80, 6, 2)
    before = np.random.get_state()[1].copy()  # type: ignore[index, union-attr]  # noqa: NPY002
    first = kernel_distance(real=real, fake=fake, size=40)
    assert kernel_distance(real=real, fake=fake, size=40) == first
    assert kernel_distance(real=real, fake=fake, size=40, seed=1) != first
    assert np.array_equal(np.random.get_state()[1], before)  # noqa: NPY002


def test_small_sets_say_their_subset_size() -> None:
    value = KernelDistance().measure(real=Features(cloud(50, 4, 0)), fake=Features(cloud(30, 4, 1)))
    assert value.value is not None and "Subsets of 30" in value.note


def test_impossible_subsets_are_refused() -> None:
    real, fake = cloud(50, 4, 0), cloud(30, 4, 1)
    for size in (1, 31):
        with pytest.raises(TdotError, match="2 to 30 images"):
            kernel_distance(real=real, fake=fake, size=size)
    lone = KernelDistance().measure(real=Features(real), fake=Features(fake[:1]))
    assert lone.value is None and "at least 2 fake" in lone.note
