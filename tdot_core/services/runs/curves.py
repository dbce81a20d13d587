"""Recorded losses as curves: by step or by time at work, thinned and smoothed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]

POINTS, PAUSE = 400, 20.0
NO_LOSSES = ("step", "total", "time")


@dataclass(frozen=True, eq=False)
class LossCurve:
    """One loss of one run: steps (n,), seconds at work (n,), values (n,). Long ones are means over equal stretches."""

    steps: Float64
    seconds: Float64
    values: Float64


def loss_names(records: Sequence[dict[str, Any]]) -> list[str]:
    """Return the names of the recorded losses, in the order they came."""
    found: dict[str, None] = {}
    for record in records:
        found |= {
            k: None
            for k, v in record.items()
            if k not in NO_LOSSES and isinstance(v, int | float) and not isinstance(v, bool)
        }
    return list(found)


def loss_curve(records: Sequence[dict[str, Any]], name: str, points: int = POINTS) -> LossCurve:
    """Return one loss of records that hold `step`, `time` (Unix seconds) and a number under its name, in their order.

    More than `points` records are averaged over equal stretches, each at its last step.
    """
    own = [record for record in records if isinstance(record.get(name), int | float)]
    steps = np.array([record["step"] for record in own], dtype=np.float64)
    seconds = working_seconds(np.array([float(record.get("time", np.nan)) for record in own]))
    values = np.array([float(record[name]) for record in own])
    if len(own) <= points:
        return LossCurve(steps, seconds, values)
    parts = np.array_split(np.arange(len(own)), points)
    last = [part[-1] for part in parts]
    return LossCurve(steps[last], seconds[last], np.array([values[part].mean() for part in parts]))


def working_seconds(times: Float64) -> Float64:
    """Return the seconds since the first of times (n,), pauses left out; not-a-number where times are missing.

    A gap of more than 20 times the median one is a pause, between a stop and a resume, and counts as one median gap.
    """
    gaps = np.diff(times)
    if len(gaps) == 0 or not np.isfinite(gaps).all():
        return np.where(np.isfinite(times), 0.0, np.nan) if len(times) == 1 else np.full(len(times), np.nan)
    usual = float(np.median(gaps))
    gaps = np.where((gaps > PAUSE * usual) | (gaps < 0), usual, gaps)
    return np.concatenate([[0.0], np.cumsum(gaps)])


def smoothed(values: Float64, weight: float = 0.9) -> Float64:
    """Return the exponential moving average with a weight in [0, 1) on the past, corrected for its start.

    m_k = w m_(k-1) + (1 - w) v_k, divided by 1 - w^(k+1), so that the first value is the first value.
    """
    out, mean, total = np.empty_like(values), 0.0, 0.0
    for k, value in enumerate(values):
        mean, total = weight * mean + (1 - weight) * value, weight * total + 1 - weight
        out[k] = mean / total
    return out
