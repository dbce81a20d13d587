"""What every registered metric owes: a direction, a value for good features, and "not measured" with a reason for bad ones."""

from __future__ import annotations

import json

import numpy as np
import pytest
from numpy.typing import NDArray

from feature_clouds import cloud
from tdot_core.errors import TdotError
from tdot_core.metrics import metrics
from tdot_core.metrics.extras import Extras
from tdot_core.metrics.features import Features
from tdot_core.metrics.statistics import from_features

KEYS = list(metrics.all())
REAL, FAKE, NEAR = cloud(120, 6, 0), cloud(90, 6, 1, shift=0.8), cloud(90, 6, 2)
COPIES = (REAL[:90].astype(np.float64) + 1e-4).astype(np.float32)
SURE, UNSURE = (np.tile(p, (30, 1)).astype(np.float32) for p in (np.eye(3), np.full((3, 3), 1 / 3)))
"""Class probabilities of 90 images: each class ten times for certain, and no idea."""
SUBSAMPLING = {"kid": 0.05, "fd_inf": 0.1}
"""How far a metric may move with the order of images, because its random subsets do."""


def extras(probabilities: NDArray[np.float32] = SURE) -> Extras:
    return Extras(heldout=Features(cloud(60, 6, 3)), probabilities=probabilities)


def test_the_metrics_of_the_design_are_there_in_the_order_of_tables() -> None:
    named = ["fd", "fd_inf", "recall_dist", "precision_dist", "kid", "precision", "recall", "density", "coverage"]
    named += ["sliced_wasserstein", "inception_score", "authpct", "ct", "clipped_density", "clipped_coverage"]
    assert [key for key in KEYS if key in named] == named


def test_an_unknown_metric_lists_the_known_ones() -> None:
    with pytest.raises(TdotError, match=f"Unknown metric 'fidd'. Known: {', '.join(sorted(KEYS))}"):
        metrics.get("fidd")


@pytest.mark.parametrize("key", KEYS)
def test_it_describes_itself(key: str) -> None:
    metric = metrics.get(key)
    assert metric.label and len(metric.summary) > 20 and metric.formula and metric.better()
    assert metric.title(metric(), "FID-64")


@pytest.mark.parametrize("key", KEYS)
def test_its_direction_is_right(key: str) -> None:
    metric = metrics.get(key)()
    # What is worse for AuthPct is not a far image but a copied one.
    worse = COPIES if key == "authpct" else FAKE
    near = metric.measure(real=Features(REAL), fake=Features(NEAR), extra=extras()).value
    far = metric.measure(real=Features(REAL), fake=Features(worse), extra=extras(UNSURE)).value
    assert near is not None and far is not None
    assert metric.badness(near) < metric.badness(far)


@pytest.mark.parametrize("key", KEYS)
def test_the_order_of_images_does_not_matter(key: str) -> None:
    metric, random = metrics.get(key)(), np.random.default_rng(0)
    value = metric.measure(real=Features(REAL), fake=Features(FAKE), extra=extras()).value
    order = random.permutation(len(FAKE))
    mixed = metric.measure(
        real=Features(random.permutation(REAL)), fake=Features(FAKE[order]), extra=extras(SURE[order])
    ).value
    assert value is not None and mixed == pytest.approx(value, rel=SUBSAMPLING.get(key, 1e-9))


@pytest.mark.parametrize("key", KEYS)
def test_single_precision_and_integers_are_taken(key: str) -> None:
    metric = metrics.get(key)()
    whole = np.rint(REAL * 10), np.rint(FAKE * 10)
    values = {
        kind: metric.measure(
            real=Features(whole[0].astype(kind)), fake=Features(whole[1].astype(kind)), extra=extras()
        ).value
        for kind in ("float64", "float32", "float16", "int64")
    }
    assert len(set(values.values())) == 1 and None not in values.values()


@pytest.mark.parametrize("key", KEYS)
def test_what_is_undefined_is_not_measured_and_says_why(key: str) -> None:
    metric = metrics.get(key)()
    other = metric.measure(real=Features(REAL), fake=Features(cloud(90, 5, 1)), extra=extras())
    assert other.value is None and "width" in other.note
    if metric.needs == "features" and key != "inception_score":
        short = metric.measure(real=Features(statistics=from_features(REAL)), fake=Features(FAKE), extra=extras())
        assert short.value is None and "needs their features" in short.note
    if metric.reads:
        bare = metric.measure(real=Features(REAL), fake=Features(FAKE))
        assert bare.value is None and "needs" in bare.note
    json.dumps(other.to_json(), allow_nan=False)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e200])
def test_features_that_are_not_finite_are_refused(bad: float) -> None:
    broken = FAKE.astype(np.float64)
    broken[-1, -1] = bad
    with pytest.raises(TdotError, match="NaN, infinity or values beyond"):
        Features(broken, name="fake")


@pytest.mark.parametrize("shape", [(4,), (4, 0), (2, 3, 4)])
def test_features_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(TdotError, match=r"shape \(n, d\)"):
        Features(np.zeros(shape))


def test_features_need_something_and_one_width() -> None:
    with pytest.raises(TdotError, match="array, statistics or both"):
        Features()
    with pytest.raises(TdotError, match="width 6 come with statistics of width 5"):
        Features(REAL, from_features(cloud(9, 5, 0)))
    with pytest.raises(TdotError, match="real numbers"):
        Features(np.array([["a", "b"]]))
