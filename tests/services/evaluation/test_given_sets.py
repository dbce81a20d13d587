"""Images made elsewhere are cut into sets that are alike, however their files are sorted."""

from __future__ import annotations

import numpy as np
import pytest

from tdot_core.services.datasets.outside import Outside
from tdot_core.services.evaluation.given_sets import outside_sets
from tdot_core.services.evaluation.spec import EvaluationSpec

SORTED = np.repeat(np.arange(10, dtype=np.uint8), 20)
"""The class of each of 200 images, as files named by class lie in a folder."""


@pytest.mark.parametrize(("n", "left"), [(100, 0), (60, 80)])
def test_every_set_of_images_sorted_by_class_holds_every_class(n: int, left: int) -> None:
    images = np.broadcast_to(SORTED[:, None, None, None], (200, 32, 32, 3))
    found = outside_sets(EvaluationSpec(images=("x",), n=n, sets=2), Outside("x", images))
    classes = [one[:, 0, 0, 0] for one in found.sets]
    assert [len(one) for one in classes] == [n, n]
    assert all(set(one.tolist()) == set(range(10)) for one in classes)
    # Drawn without order, the mean class of n of 200 differs from 4.5 by about 2.9 / sqrt(n); the first n of them by more than 2.
    assert all(abs(one.mean() - 4.5) < 1 for one in classes)
    together = np.bincount(np.concatenate(classes), minlength=10)
    assert together.max() <= 20 and together.sum() == 200 - left
    assert (f"{left} of 200 images were left out" in found.note) == bool(left)
