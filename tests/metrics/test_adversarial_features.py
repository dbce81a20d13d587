"""Random and adversarial feature arrays: every metric gives the plain float64 answer or says why it has none.

A few hundred arrays by default. Ten thousand: TDOT_FUZZ=10000 python -m pytest tests/metrics/test_adversarial_features.py
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plain_metrics import PLAIN
from tdot_core.errors import TdotError
from tdot_core.metrics import metrics
from tdot_core.metrics.extras import Extras
from tdot_core.metrics.features import Features

EXAMPLES = int(os.environ.get("TDOT_FUZZ", "300"))
SIZES = (1, 2, 3, 4, 5, 6, 7, 9, 10, 12, 24)
Change = Callable[[np.ndarray, np.random.Generator], Any]


def _put(value: float) -> Change:
    def change(x: np.ndarray, random: np.random.Generator) -> np.ndarray:
        x[random.integers(len(x)), random.integers(x.shape[1])] = value
        return x

    return change


REFUSED: dict[str, Change] = {
    "nan": _put(math.nan),
    "inf": _put(math.inf),
    "-inf": _put(-math.inf),
    "beyond 1e100": _put(-1e101),
    "all below 1e-100": lambda x, r: x * 1e-150 + 1e-140,
    "float16 overflow": lambda x, r: _put(1e5)(x, r).astype(np.float16),
    "longdouble overflow": lambda x, r: x.astype(np.longdouble) * np.longdouble(2) ** 1100 + np.longdouble(2) ** 1100,
    "empty": lambda x, r: x[:0],
    "no columns": lambda x, r: x[:, :0],
    "one axis": lambda x, r: x[0],
    "three axes": lambda x, r: x[None],
    "objects": lambda x, r: x.astype(object),
    "text": lambda x, r: x.astype(str),
    "complex": lambda x, r: x + 0j,
    "ragged": lambda x, r: [[1.0], [1.0, 2.0]],
    "nothing": lambda x, r: "no features",
    "masked": lambda x, r: np.ma.masked_greater(x, x.min() - 1),
}
TAKEN: dict[str, Change] = {
    "plain": lambda x, r: x,
    "constant": lambda x, r: np.full_like(x, x[0, 0]),
    "constant columns": lambda x, r: np.tile(x[0], (len(x), 1)),
    "one column constant": lambda x, r: np.column_stack([np.ones(len(x)), x[:, 1:]]),
    "copies": lambda x, r: x[r.integers(0, max(1, len(x) // 3), len(x))],
    "grid": lambda x, r: np.rint(x),
    "zeros": lambda x, r: 0 * x * r.choice([-1, 1], x.shape),
    "sparse": lambda x, r: np.maximum(x - 1, 0),
    "float32": lambda x, r: x.astype(np.float32),
    "float16": lambda x, r: np.clip(x, -1e4, 1e4).astype(np.float16),
    "whole numbers": lambda x, r: np.rint(np.clip(x, -1e3, 1e3)).astype(np.int64),
    "bytes": lambda x, r: np.rint(np.clip(np.abs(x), 0, 255)).astype(np.uint8),
    "truth values": lambda x, r: x > 0,
    "far away": lambda x, r: x + 1e5,
    "tiny": lambda x, r: x * 1e-30,
    "huge": lambda x, r: x * 1e30,
    "largest": lambda x, r: x / np.abs(x).max() * 1e100,
    "mixed scales": lambda x, r: x * 10.0 ** r.integers(-12, 12, x.shape[1]),
    "outlier": _put(1e12),
    "fortran order": lambda x, r: np.asfortranarray(x),
    "strided": lambda x, r: np.repeat(x, 2, axis=0)[::2],
    "backwards": lambda x, r: x[::-1, ::-1],
    "read only": lambda x, r: np.frombuffer(x.tobytes()).reshape(x.shape),
    "other byte order": lambda x, r: x.astype(">f4"),
    "matrix": lambda x, r: x.view(np.matrix),
    "lists": lambda x, r: x.tolist(),
}


def _base(n: int, d: int, seed: int) -> tuple[np.ndarray, np.random.Generator]:
    random = np.random.default_rng(seed)
    return random.normal(random.normal(), 1 + random.exponential(), (n, d)), random


def _values(real: Any, fake: Any, extra: Extras) -> dict[str, tuple[float | None, str]]:
    sides = Features(real, name="real"), Features(fake, name="fake")
    found = {}
    for key, cls in metrics.all().items():
        value = cls().measure(real=sides[0], fake=sides[1], extra=extra)
        assert value.value is None or math.isfinite(value.value)
        assert value.value is not None or len(value.note) > 10, f"{key} gives no reason"
        found[key] = (value.value, value.note)
    return found


def _tolerance(key: str, real: np.ndarray, fake: np.ndarray) -> float:
    """What rounding may change: parts in 1e9 of the numbers that are subtracted to get the value."""
    size = max(np.abs(real).max(), np.abs(fake).max())
    spread = max(np.ptp(real, axis=0).max(), np.ptp(fake, axis=0).max(), np.abs(real.mean(0) - fake.mean(0)).max())
    return {
        "fd": 1e-7 * spread**2 + 1e-15 * size**2,
        "fd_inf": 1e-6 * spread**2 + 1e-15 * size**2,
        "kid": 1e-12 * (size**2 + 1) ** 3,
        "sliced_wasserstein": 1e-7 * spread + 1e-14 * size,
    }.get(key, 1e-9)


@given(
    st.sampled_from(sorted(TAKEN)),
    st.sampled_from(sorted(TAKEN)),
    st.sampled_from(SIZES),
    st.sampled_from(SIZES),
    st.integers(1, 9),
    st.integers(0, 2**32 - 1),
)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_taken_gives_the_plain_answer_or_a_reason(
    kind_real: str, kind_fake: str, n: int, m: int, d: int, seed: int
) -> None:
    (real, random), (fake, _), (heldout, _) = _base(n, d, seed), _base(m, d, seed + 1), _base(11, d, seed + 2)
    real, fake = TAKEN[kind_real](real, random), TAKEN[kind_fake](fake, random)
    scores = random.exponential(size=(m, 4)) ** 8
    probabilities = (scores / scores.sum(axis=1, keepdims=True)).astype(np.float32)
    found = _values(real, fake, Extras(Features(heldout), probabilities))
    plain = np.array(real, np.float64), np.array(fake, np.float64)
    with np.errstate(all="ignore"):
        for key, (value, note) in found.items():
            expected = PLAIN[key](*plain, heldout, probabilities.astype(np.float64))
            if value is None:
                undefined = expected is None or not math.isfinite(expected) or "overflow" in note or "rounding" in note
                assert undefined, f"{key} has no value ({note}), the plain one is {expected}"
                continue
            assert expected is not None, f"{key} is {value}, but undefined"
            assert value == pytest.approx(expected, rel=1e-6, abs=_tolerance(key, *plain)), key


@given(
    st.sampled_from(sorted(REFUSED)),
    st.sampled_from(["real", "fake", "heldout"]),
    st.sampled_from(SIZES),
    st.integers(1, 9),
    st.integers(0, 2**32 - 1),
)
@settings(max_examples=max(EXAMPLES // 5, 50), deadline=None)
def test_what_is_no_set_of_features_is_refused_in_a_sentence(kind: str, side: str, n: int, d: int, seed: int) -> None:
    array, random = _base(n, d, seed)
    with np.errstate(all="ignore"):
        bad = REFUSED[kind](array, random)
    with pytest.raises(TdotError) as caught:
        Features(bad, name=side)
    assert side in str(caught.value) and len(str(caught.value)) > 20 and "\n" not in str(caught.value)


@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 99))
@settings(max_examples=max(EXAMPLES // 10, 20), deadline=None)
def test_sides_of_different_width_give_no_value(d: int, e: int, seed: int) -> None:
    real, fake = _base(12, d, seed)[0], _base(12, e, seed)[0]
    heldout = Features(_base(12, 7, seed)[0])
    probabilities = np.full((12, 2), 0.5)
    for key, (value, note) in _values(real, fake, Extras(heldout, probabilities)).items():
        assert (value is None) == (d != e or key == "ct"), key
        assert value is not None or "width" in note


def test_every_metric_has_its_plain_twin() -> None:
    missing = set(metrics.all()) ^ set(PLAIN)
    assert not missing, f"give {missing} a brute-force twin in PLAIN of tests/metrics/plain_metrics.py"
