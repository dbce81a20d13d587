"""What a metric may read besides features: there, missing with a reason, or refused; and directions."""

from __future__ import annotations

import numpy as np
import pytest

from feature_clouds import cloud
from tdot_core.errors import TdotError
from tdot_core.metrics.base import Metric
from tdot_core.metrics.extras import NOTHING, Extras
from tdot_core.metrics.features import Features
from tdot_core.metrics.neighbours import nearest_squared

REAL, FAKE = Features(cloud(40, 4, 0)), Features(cloud(30, 4, 1))


class _Mean(Metric):
    label, summary, formula, reference = "Mean", "", "", ""
    needs, direction = "features", "zero"

    def compute(self, *, real: Features, fake: Features, extra: Extras) -> float:
        return float(extra.need_heldout().array.mean() + extra.need_probabilities().mean())


@pytest.mark.parametrize(("direction", "best"), [("lower", -3.0), ("higher", 2.0), ("zero", 0.5)])
def test_badness_is_least_for_the_best_value(direction: str, best: float) -> None:
    cls = type("_Directed", (_Mean,), {"direction": direction})
    assert min([-3.0, 0.5, 2.0], key=cls.badness) == best
    assert "best" in cls.better() if direction == "zero" else direction in cls.better()


def test_missing_extras_are_not_measured_with_the_given_reason_or_a_general_one() -> None:
    bare = _Mean().measure(real=REAL, fake=FAKE)
    assert bare.value is None and "test split" in bare.note
    told = _Mean().measure(real=REAL, fake=FAKE, extra=Extras(reasons={"heldout": "They are not here."}))
    assert (told.value, told.note) == (None, "They are not here.")
    half = _Mean().measure(real=REAL, fake=FAKE, extra=Extras(heldout=REAL))
    assert half.value is None and "class probabilities" in half.note


def test_probabilities_are_scaled_to_sum_one_in_double_precision() -> None:
    given = np.array([[0.3, 0.7002], [1.0, 0.0]], np.float32)
    found = Extras(probabilities=given).need_probabilities()
    assert found.dtype == np.float64
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-15)
    np.testing.assert_allclose(found, given, atol=2e-4)


@pytest.mark.parametrize(
    "bad", [[[0.5, 0.4]], [[1.2, -0.2]], [[np.nan, 1.0]], [[np.inf, 0.0]], [0.5, 0.5], np.zeros((0, 3)), [[1, 0]]]
)
def test_what_is_no_distribution_is_refused(bad: object) -> None:
    with pytest.raises(TdotError, match="robabilities must"):
        Extras(probabilities=np.asarray(bad)).need_probabilities()


def test_nothing_has_nothing() -> None:
    with pytest.raises(TdotError):
        NOTHING.need_heldout()


def test_nearest_neighbours_are_searched_once_and_forgotten_with_their_images() -> None:
    real, fake = Features(cloud(40, 4, 0)), Features(cloud(30, 4, 1))
    first = real.nearest(fake)
    assert real.nearest(fake) is first and real.nearest(real) is not first
    np.testing.assert_array_equal(first[0], nearest_squared(real.array, fake.array)[0])
    assert len(real._nearest) == 2
    del fake
    assert len(real._nearest) == 1
    with pytest.raises(TdotError, match="width 4 cannot be near features of width 3"):
        real.nearest(Features(cloud(9, 3, 0)))
