"""One number format: two digits of the error decide the decimals of a whole column."""

from __future__ import annotations

import numpy as np
import pytest

from tdot_core.services.results.digits import number_text, pair_text, places_of


@pytest.mark.parametrize(("errors", "places"), [
    ([0.012], 3), ([0.0996], 2), ([0.0994], 3), ([1.2], 1), ([12.0], 0), ([340.0], 0), ([0.01, 0.02, 9.0], 3), ([0.0, None, 0.5], 2),
    ([1e-12], 6),
])  # fmt: skip
def test_two_digits_of_the_median_error_decide(errors: list[float | None], places: int) -> None:
    assert places_of([1.0], errors) == places


def test_an_error_rounded_to_its_places_has_two_digits() -> None:
    for error in np.random.default_rng(0).lognormal(-2, 2, 200):
        places = places_of([], [float(error)])
        if 0 < places < 6:
            assert len(f"{error:.{places}f}".replace(".", "").lstrip("0")) == 2


@pytest.mark.parametrize(
    ("values", "places"), [([0.4777, 3.325], 2), ([0.067], 4), ([329.9], 0), ([None, 0.0], 0), ([], 0)]
)
def test_without_errors_three_digits_of_a_typical_value_decide(values: list[float | None], places: int) -> None:
    assert places_of(values) == places


def test_texts() -> None:
    assert pair_text(3.5598, 0.0123, 3) == "3.560 ± 0.012"
    assert pair_text(3.5598, None, 2) == "3.56" and pair_text(None, 0.1, 2) == number_text(None, 3) == "not measured"
    assert number_text(12345.6, 0) == "12,346"
    assert number_text(-2.3456e199, 2) == "-2.35e+199"
