"""Clipped density and coverage: in step with the share of bad images, whatever else the images do."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats

from feature_clouds import cloud
from tdot_core.errors import TdotError
from tdot_core.metrics.clipped_coverage import clipped_coverage, expected_filling
from tdot_core.metrics.clipped_density import clipped_density
from tdot_core.metrics.coverage import coverage
from tdot_core.metrics.density import density

REAL, GOOD = cloud(600, 4, 0), cloud(600, 4, 1)


def spoilt(share: float) -> np.ndarray:
    bad = GOOD.copy()
    bad[: int(share * len(bad))] += 1000
    return bad


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 0.75, 1.0])
def test_both_fall_in_step_with_the_share_of_bad_images(share: float) -> None:
    assert clipped_density(real=REAL, fake=spoilt(share)) == pytest.approx(1 - share, abs=0.06)
    assert clipped_coverage(real=REAL, fake=spoilt(share)) == pytest.approx(1 - share, abs=0.06)


def test_coverage_stays_high_where_clipped_coverage_halves() -> None:
    assert coverage(real=REAL, fake=spoilt(0.5)) > 0.8
    assert clipped_coverage(real=REAL, fake=spoilt(0.5)) < 0.6


def test_a_crowd_at_one_real_image_makes_up_for_no_bad_one() -> None:
    apart = np.linalg.norm(REAL[:, None] - REAL[None], axis=-1)
    popular = (apart <= np.sort(apart, axis=1)[:, [5]]).sum(axis=0).argmax()
    crowd = np.tile(REAL[popular], (300, 1))
    half = np.concatenate([crowd, spoilt(1.0)[:300]])
    assert density(real=REAL, fake=half) > 1.2 * density(real=REAL, fake=spoilt(0.5))
    assert clipped_density(real=REAL, fake=half) <= 0.5 / 0.75


def test_one_real_outlier_lends_its_ball_to_no_fake() -> None:
    far = np.full((1, 4), 40, np.float32)
    stray = cloud(100, 4, 5) * 0.1 + 30
    assert density(real=np.concatenate([REAL, far]), fake=stray.astype(np.float32)) > 0
    assert clipped_density(real=np.concatenate([REAL, far]), fake=stray.astype(np.float32)) == 0


@pytest.mark.parametrize(("n", "m"), [(6, 3), (50, 80), (600, 200)])
def test_the_expected_filling_is_that_of_the_beta_binomial(n: int, m: int) -> None:
    found = expected_filling(n, m)
    assert found[0] == 0 and (np.diff(found) > 0).all()
    for k in {1, m // 2, m}:
        expected = scipy.stats.betabinom(k, 5, n - 5).expect(lambda j: np.minimum(j, 5)) / 5
        assert found[k] == pytest.approx(expected, rel=1e-9)


def test_the_expected_filling_is_that_of_drawn_points() -> None:
    rng = np.random.default_rng(0)
    fillings = []
    for _ in range(40):
        real, fake = rng.standard_normal((100, 3)), rng.standard_normal((60, 3))
        reach = np.sort(np.linalg.norm(real[:, None] - real[None], axis=-1), axis=1)[:, 5]
        inside = (np.linalg.norm(real[:, None] - fake[None], axis=-1) < reach[:, None]).sum(axis=1)
        fillings.append(np.minimum(inside, 5).mean() / 5)
    error = np.std(fillings, ddof=1) / np.sqrt(40)
    assert np.mean(fillings) == pytest.approx(expected_filling(100, 60)[60], abs=4 * error)


def test_fewer_fakes_than_a_ball_holds_are_measured_too() -> None:
    assert 0 <= clipped_coverage(real=REAL, fake=GOOD[:3]) <= 1
    assert clipped_coverage(real=REAL, fake=spoilt(1.0)[:3]) == 0


def test_too_few_real_images_are_refused() -> None:
    for measure in (clipped_density, clipped_coverage):
        with pytest.raises(TdotError, match="at least 6 images"):
            measure(real=REAL[:5], fake=GOOD)
