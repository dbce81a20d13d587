"""AuthPct and C_T against brute force and scipy, on copies, fresh samples and far ones."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from feature_clouds import cloud, distances
from tdot_core.errors import TdotError
from tdot_core.metrics.authpct import AuthPct, authpct
from tdot_core.metrics.ct import CT, data_copying_z, rank_sum_z
from tdot_core.metrics.extras import Extras
from tdot_core.metrics.features import Features
from tdot_core.metrics.statistics import from_features

TRAIN, HELDOUT, FAKE = cloud(400, 8, 1), cloud(200, 8, 2), cloud(300, 8, 3)
COPIES = TRAIN[:300] + np.random.default_rng(0).normal(0, 1e-3, (300, 8)).astype(np.float32)


def _authpct_brute(train: np.ndarray, fake: np.ndarray) -> float:
    apart, among = distances(fake, train), distances(train, train)
    np.fill_diagonal(among, np.inf)
    nearest = apart.argmin(axis=1)
    return 100 * float(np.mean([apart[j, i] > among[i].min() for j, i in enumerate(nearest)]))


def test_authpct_equals_brute_force() -> None:
    for fake in (FAKE, COPIES, FAKE + 1):
        expected = _authpct_brute(TRAIN, fake)
        assert authpct(real=TRAIN, fake=fake) == pytest.approx(expected, abs=1e-12)
        assert AuthPct().measure(real=Features(TRAIN), fake=Features(fake)).value == pytest.approx(expected, abs=1e-12)
    assert 30 < _authpct_brute(TRAIN, FAKE) < 80


@given(
    hnp.arrays(np.float64, (6, 2), elements=st.integers(-2, 2).map(float)),
    hnp.arrays(np.float64, (4, 2), elements=st.integers(-2, 2).map(float)),
)
@settings(max_examples=60, deadline=None)
def test_authpct_equals_brute_force_on_ties_and_copies(train: np.ndarray, fake: np.ndarray) -> None:
    assert authpct(real=train, fake=fake) == pytest.approx(_authpct_brute(train, fake), abs=1e-12)


def test_copies_are_not_authentic_and_far_images_are() -> None:
    assert authpct(real=TRAIN, fake=TRAIN) == 0
    assert authpct(real=TRAIN, fake=COPIES) == 0
    assert authpct(real=TRAIN, fake=FAKE + 100) == 100


def test_authpct_says_when_it_sees_a_sample_of_the_training_images() -> None:
    whole = Features(TRAIN[:100], from_features(TRAIN))
    assert "100 of 400 training images" in AuthPct().measure(real=whole, fake=Features(FAKE)).note
    assert AuthPct().measure(real=Features(TRAIN), fake=Features(FAKE)).note == ""
    lone = AuthPct().measure(real=Features(TRAIN[:1], from_features(TRAIN)), fake=Features(FAKE))
    assert lone.value is None and "at least 2 images" in lone.note


def _z_of_scipy(x: np.ndarray, y: np.ndarray) -> float:
    """From the p-value of the tail that is thin: near 1 it has no digits left."""
    above, below = (
        scipy.stats.mannwhitneyu(x, y, alternative=side, method="asymptotic", use_continuity=False).pvalue
        for side in ("greater", "less")
    )
    return float(scipy.stats.norm.isf(above) if above < below else -scipy.stats.norm.isf(below))


def test_ct_equals_scipys_mann_whitney_of_the_nearest_distances() -> None:
    for fake in (FAKE, COPIES[:60], FAKE[:40] + 0.05):
        expected = _z_of_scipy(distances(fake, TRAIN).min(axis=1), distances(HELDOUT, TRAIN).min(axis=1))
        assert data_copying_z(train=TRAIN, heldout=HELDOUT, fake=fake) == pytest.approx(expected, rel=1e-6, abs=1e-9)
        measured = CT().measure(real=Features(TRAIN), fake=Features(fake), extra=Extras(heldout=Features(HELDOUT)))
        assert measured.value == pytest.approx(expected, rel=1e-6, abs=1e-9)
        assert "200 held-out and 400 training" in measured.note


@given(st.lists(st.integers(0, 6), min_size=1, max_size=40), st.lists(st.integers(0, 6), min_size=1, max_size=40))
@settings(max_examples=80, deadline=None)
def test_ties_are_corrected_as_scipy_does(x: list[int], y: list[int]) -> None:
    a, b = np.array(x, float), np.array(y, float)
    if len(set(x + y)) == 1:
        with pytest.raises(TdotError, match="equally far"):
            rank_sum_z(a, b)
        return
    assert rank_sum_z(a, b) == pytest.approx(_z_of_scipy(a, b), rel=1e-6, abs=1e-7)
    assert rank_sum_z(a, b) == pytest.approx(-rank_sum_z(b, a), abs=1e-12)


def test_copies_are_far_below_zero_fresh_images_near_it_and_bad_ones_above() -> None:
    copied, fresh, bad = (data_copying_z(train=TRAIN, heldout=HELDOUT, fake=f) for f in (COPIES, FAKE, FAKE + 1))
    assert copied < -10 and abs(fresh) < 3 and bad > 10
    assert CT.badness(copied) > CT.badness(fresh)


def test_ct_is_standard_normal_when_fakes_are_fresh_real_images() -> None:
    found = [data_copying_z(train=TRAIN, heldout=cloud(80, 8, 100 + s), fake=cloud(90, 8, 900 + s)) for s in range(120)]
    assert abs(np.mean(found)) < 4 / np.sqrt(120) and np.std(found) == pytest.approx(1, abs=0.25)


def test_without_held_out_images_or_with_few_ct_is_not_measured() -> None:
    real, fake = Features(TRAIN), Features(FAKE)
    assert "test split" in CT().measure(real=real, fake=fake).note
    few = CT().measure(real=real, fake=fake, extra=Extras(heldout=Features(HELDOUT[:7])))
    assert few.value is None and "found 300 and 7" in few.note
    other = CT().measure(real=real, fake=fake, extra=Extras(heldout=Features(cloud(50, 5, 0))))
    assert other.value is None and "width" in other.note
