"""The Inception Score against torch-fidelity and its bounds, and its name, which says whose classes they are."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch_fidelity.metric_isc import isc_features_to_metric

from feature_clouds import cloud
from tdot_core.metrics.extras import Extras
from tdot_core.metrics.features import Features
from tdot_core.metrics.inception_score import InceptionScore, inception_score

FAKE = Features(cloud(300, 4, 0))


def test_equals_torch_fidelity_in_one_split() -> None:
    logits = torch.randn(300, 10, generator=torch.Generator().manual_seed(0), dtype=torch.float64) * 3
    theirs = isc_features_to_metric(logits, splits=1)["inception_score_mean"]
    found = InceptionScore().measure(real=FAKE, fake=FAKE, extra=Extras(probabilities=logits.softmax(1).numpy()))
    assert found.value == pytest.approx(theirs, rel=1e-9) and 1 < theirs < 10
    single = Extras(probabilities=logits.softmax(1).float().numpy())
    assert InceptionScore().measure(real=FAKE, fake=FAKE, extra=single).value == pytest.approx(theirs, rel=1e-5)


def test_bounds_are_reached_by_certainty_of_every_class_and_by_indifference() -> None:
    assert inception_score(np.tile(np.eye(10), (3, 1))) == pytest.approx(10, rel=1e-12)
    assert inception_score(np.full((30, 10), 0.1)) == pytest.approx(1, rel=1e-12)
    assert inception_score(np.tile(np.eye(10)[:1], (30, 1))) == pytest.approx(1, rel=1e-12)


def test_only_inceptions_own_classes_make_it_an_is() -> None:
    titles = [InceptionScore().title(distance) for distance in ("FID-64", "FD-cnn", "FD-mine")]
    assert titles == ["IS", "IS-cnn", "IS-mine"]


def test_without_probabilities_it_is_not_measured() -> None:
    bare = InceptionScore().measure(real=FAKE, fake=FAKE)
    assert bare.value is None and "class probabilities" in bare.note
    other = InceptionScore().measure(real=FAKE, fake=FAKE, extra=Extras(probabilities=np.full((7, 2), 0.5)))
    assert other.value is None and "7 rows of class probabilities for 300" in other.note
    one = Features(cloud(1, 4, 0))
    lone = InceptionScore().measure(real=FAKE, fake=one, extra=Extras(probabilities=np.full((1, 2), 0.5)))
    assert lone.value is None and "at least 2" in lone.note
