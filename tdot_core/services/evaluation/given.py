"""What the user brings along: images made elsewhere, and reference statistics in place of a data set."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tdot_core.errors import TdotError
from tdot_core.metrics.features import Features
from tdot_core.metrics.statistics import Statistics
from tdot_core.models.extractor import Extractor
from tdot_core.services.evaluation.spec import EvaluationSpec
from tdot_core.services.references import Reference


def check_outside(source: str) -> None:
    """Raise TdotError when there is nothing at the path of images made elsewhere."""
    path = Path(source).expanduser()
    try:
        there = path.exists()
    except (OSError, ValueError) as error:
        raise TdotError(f"This is not a usable path: {source[:80]!r} ({error}).") from error
    if not there:
        raise TdotError(f"There are no images at {source[:200]!r}. Give a folder, a zip or an npz file.")


def given_statistics(spec: EvaluationSpec) -> Statistics:
    """Read the spec's file of mu and sigma; raises TdotError when it cannot be used, or several layers were asked for."""
    if len(spec.layers) > 1:
        raise TdotError(f"A file of statistics is of one layer; choose one of {', '.join(spec.layers)}.")
    return Statistics.load(Path(spec.statistics).expanduser())


def statistics_reference(spec: EvaluationSpec, extractor: Extractor, layer: str) -> Reference:
    """Return the file of statistics as the real side: metrics that need features are not measured against it.

    Raises TdotError when its width is another one than the layer's.
    """
    statistics, name = given_statistics(spec), Path(spec.statistics).name
    if statistics.width != extractor.widths[layer]:
        raise TdotError(
            f"{name} holds statistics of width {statistics.width}; {extractor.key} layer {layer} has {extractor.widths[layer]}. "
            "Choose the layer it was made with."
        )
    return Reference(Features(None, statistics), np.zeros(0, np.int64), None, (), name, statistics.n or 0, False)
