"""Distances and scores between sets of feature vectors, one file per metric, found by discovery."""

from __future__ import annotations

from tdot_core.metrics.base import Metric
from tdot_core.registry import Registry

metrics: Registry[Metric] = Registry("tdot_core.metrics", Metric, "metric")  # type: ignore[type-abstract]

__all__ = ["Metric", "metrics"]
