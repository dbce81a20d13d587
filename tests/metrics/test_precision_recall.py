"""Precision, recall, density, coverage and the two mean distances against scikit-learn, torch-fidelity and brute force."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.neighbors import NearestNeighbors
from torch_fidelity.metric_prc import calculate_precision_recall_full

from feature_clouds import ball_radii, cloud, distances
from tdot_core.errors import TdotError
from tdot_core.metrics import metrics
from tdot_core.metrics.coverage import coverage
from tdot_core.metrics.density import density
from tdot_core.metrics.features import Features
from tdot_core.metrics.precision import precision
from tdot_core.metrics.precision_dist import precision_dist
from tdot_core.metrics.recall import recall
from tdot_core.metrics.recall_dist import recall_dist

REAL, FAKE = cloud(400, 12, 1), cloud(300, 12, 2, shift=0.25)


def _nearest(queries: np.ndarray, targets: np.ndarray) -> np.ndarray:
    fitted = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(targets.astype(np.float64))
    return fitted.kneighbors(queries.astype(np.float64))[0][:, 0]


def test_precision_and_recall_equal_torch_fidelity() -> None:
    found = calculate_precision_recall_full(torch.from_numpy(FAKE).double(), torch.from_numpy(REAL).double(), 3)
    theirs = dict(zip(("precision", "recall"), found, strict=True))
    assert precision(real=REAL, fake=FAKE) == pytest.approx(theirs["precision"], abs=1e-7)
    assert recall(real=REAL, fake=FAKE) == pytest.approx(theirs["recall"], abs=1e-7)
    assert 0 < theirs["recall"] < 1 and 0 < theirs["precision"] < 1


def test_precision_and_recall_equal_brute_force() -> None:
    apart = distances(REAL, FAKE)
    assert precision(real=REAL, fake=FAKE) == (apart <= ball_radii(REAL, 3)[:, None]).any(axis=0).mean()
    assert recall(real=REAL, fake=FAKE) == (apart <= ball_radii(FAKE, 3)[None]).any(axis=1).mean()


def test_density_and_coverage_equal_brute_force() -> None:
    held = distances(REAL, FAKE) < ball_radii(REAL, 5)[:, None]
    assert density(real=REAL, fake=FAKE) == pytest.approx(held.sum() / (5 * len(FAKE)), rel=1e-12)
    assert coverage(real=REAL, fake=FAKE) == held.any(axis=1).mean()
    assert 0 < coverage(real=REAL, fake=FAKE) < 1


def test_fakes_exactly_on_a_surface_count_for_precision_and_recall_and_not_for_density_and_coverage() -> None:
    # Points 0, 1, 2, .. on a line: the inner ones reach 2 with k = 3, and 3 with k = 5.
    line = np.arange(12, dtype=np.float32)[:, None]
    real, above = np.hstack([line, 0 * line]), np.array([[5.0, 2.0], [5.0, 3.0]], np.float32)
    assert precision(real=real, fake=above[:1]) == 1
    assert recall(real=above[:1], fake=real) == 1
    assert density(real=real, fake=above[1:]) == coverage(real=real, fake=above[1:]) == 0
    nearer = above[1:] - np.array([[0.0, 0.01]], np.float32)
    assert density(real=real, fake=nearer) > 0 and coverage(real=real, fake=nearer) > 0


def test_mean_distances_equal_scikit_learn() -> None:
    assert recall_dist(real=REAL, fake=FAKE) == pytest.approx(_nearest(REAL, FAKE).mean(), rel=1e-9)
    assert precision_dist(real=REAL, fake=FAKE) == pytest.approx(_nearest(FAKE, REAL).mean(), rel=1e-9)
    assert precision_dist(real=REAL, fake=FAKE) == recall_dist(real=FAKE, fake=REAL)


def test_copies_of_the_real_images_are_at_distance_zero_with_everything_covered() -> None:
    assert recall_dist(real=REAL, fake=REAL) == precision_dist(real=REAL, fake=REAL) == 0
    assert precision(real=REAL, fake=REAL) == recall(real=REAL, fake=REAL) == coverage(real=REAL, fake=REAL) == 1


def test_a_collapsed_generator_is_precise_and_recalls_nothing() -> None:
    centre = np.repeat(REAL[:1], 50, axis=0)
    assert precision(real=REAL, fake=centre) == 1
    assert recall(real=REAL, fake=centre) == 1 / len(REAL)
    assert coverage(real=REAL, fake=centre) < 0.1
    assert precision_dist(real=REAL, fake=centre) == 0 < recall_dist(real=REAL, fake=centre)


def test_far_away_fakes_have_nothing() -> None:
    far = FAKE + 100
    assert precision(real=REAL, fake=far) == recall(real=REAL, fake=far) == 0
    assert density(real=REAL, fake=far) == coverage(real=REAL, fake=far) == 0


def test_recall_dist_never_rises_with_more_fakes() -> None:
    values = [recall_dist(real=REAL, fake=FAKE[:n]) for n in (10, 50, 150, 300)]
    assert values == sorted(values, reverse=True) and values[0] > values[-1]


FUNCTIONS = {
    "recall_dist": recall_dist,
    "precision_dist": precision_dist,
    "precision": precision,
    "recall": recall,
    "density": density,
    "coverage": coverage,
}


@pytest.mark.parametrize("key", FUNCTIONS)
def test_the_registered_metric_equals_its_function(key: str) -> None:
    measured = metrics.get(key)().measure(real=Features(REAL), fake=Features(FAKE))
    assert (measured.value, measured.n, measured.n_real) == (FUNCTIONS[key](real=REAL, fake=FAKE), 300, 400)


def test_too_few_images_are_refused() -> None:
    with pytest.raises(TdotError, match="at least 4 images, found 3"):
        precision(real=REAL[:3], fake=FAKE)
    with pytest.raises(TdotError, match="at least 6 images, found 5"):
        coverage(real=REAL[:5], fake=FAKE)
    with pytest.raises(TdotError, match="at least 1 fake images, found 0"):
        recall_dist(real=REAL, fake=FAKE[:0])
