"""A row with everything in it."""

from __future__ import annotations

import pytest

from tdot_core.metrics.value import MetricValue
from tdot_core.services.results.rows import EvaluationRow
from tests.evaluation_rows import row as whole_row


@pytest.fixture
def row() -> EvaluationRow:
    """An evaluated prior with a spread, a small n and a metric that was not measured."""
    return whole_row(
        "ot",
        prior="ot-1",
        label="OT | 50% of $x_1$ & {more} #3",
        run="ot-1",
        n=2000,
        sets=3,
        n_real=50_000,
        dataset="cifar10",
        extractor="inception",
        layer="64",
        seconds_prior=0.001,
        seconds_chain=0.0623,
        fingerprint="0123",
        metrics={
            "fd": MetricValue(2.914, 0.041, 2000, 50_000, 3),
            "recall_dist": MetricValue(16.0312345, 0.5, 2000, 10_000, 3, "Mind *this*_."),
            "coverage": MetricValue(None, None, 2000, 10_000, 3, "Too few images."),
        },
    )
