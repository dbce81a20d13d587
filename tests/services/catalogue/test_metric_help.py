"""The metrics in a line of help are the registered ones, read without importing them."""

from __future__ import annotations

from tdot_core.metrics import metrics
from tdot_core.services.catalogue.metrics import metric_help


def test_it_names_every_metric() -> None:
    assert sorted(metric_help().split(", ")) == sorted(metrics.all())
