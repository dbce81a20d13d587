"""Who competes: priors that start a shortened chain; what is to beat, and what nothing can beat, stand apart."""

from __future__ import annotations

from tdot_core.maths.schedule import NoiseSchedule
from tdot_core.services.results.error_split import ORACLE
from tdot_core.services.results.rows import FLOOR, OUTSIDE, EvaluationRow

NOISE, STEPS = "vanilla", NoiseSchedule().T
APART = (ORACLE, FLOOR, OUTSIDE)
"""Kinds of rows that are no contestants."""


def is_whole_chain(row: EvaluationRow) -> bool:
    """Return whether a row walks all of T steps from N(0, I): what truncation is to beat."""
    return row.key == NOISE and row.t_star == STEPS


def is_contestant(row: EvaluationRow) -> bool:
    """Return whether a row competes: neither real images, nor the oracle, nor a whole chain from noise."""
    return row.key not in APART and not is_whole_chain(row)
