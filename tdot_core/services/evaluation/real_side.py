"""The real side that a user brings in place of a data set: a file of mu and sigma, or images."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path

import numpy as np

from tdot_core.errors import TdotError
from tdot_core.metrics.features import Features
from tdot_core.models.extractor import Extractor
from tdot_core.models.extractors import extractors
from tdot_core.models.resizes import CLEAN, PYTORCH_FID
from tdot_core.progress import Progress
from tdot_core.services.datasets.outside import read_outside
from tdot_core.services.datasets.sizes import ONE_SIZE
from tdot_core.services.evaluation.spec import EvaluationSpec
from tdot_core.services.features.extract import extract
from tdot_core.services.features.kept_neighbours import kept_neighbours
from tdot_core.services.features.references import Reference, sample_rows
from tdot_core.services.features.statistics_files import Given, read_statistics


def given_statistics(spec: EvaluationSpec) -> Given:
    """Read the spec's file of mu and sigma; raises TdotError when it cannot be used, or several layers were asked for.

    Nor can one that was made with another extractor or resize than the evaluation's.
    """
    if len(spec.layers) > 1:
        raise TdotError(f"A file of statistics is of one layer; choose one of {', '.join(spec.layers)}.")
    given = read_statistics(Path(spec.statistics), spec.extractor)
    taken = extractors.get(spec.extractor).resize(spec.resize)
    if taken and given.resize not in ("", taken):
        raise TdotError(
            f"{given.name} was made with the resize of {given.resize} and this evaluation takes that of {taken}, so that their "
            f"distance would say nothing: add --resize {given.resize}, or make the statistics again."
        )
    return given


def keeps_size(spec: EvaluationSpec) -> bool:
    """Tell whether images made elsewhere are measured at their own size.

    So they are where neither the extractor nor the real side is bound to 32 x 32: data sets are, and statistics of such images.
    """
    if not extractors.get(spec.extractor).any_size:
        return False
    return bool(spec.real) or (bool(spec.statistics) and given_statistics(spec).size != ONE_SIZE)


def statistics_reference(spec: EvaluationSpec, extractor: Extractor, layer: str) -> Reference:
    """Return the file of statistics as the real side: metrics that need features are not measured against it.

    Raises TdotError when it is of another layer, or of another width than the layer's.
    """
    given = given_statistics(spec)
    statistics = given.statistics
    if given.layer not in ("", layer):
        raise TdotError(
            f"{given.name} holds statistics of {extractor.key} layer {given.layer[:40]} and this evaluation takes layer {layer}: "
            f"add --layer {given.layer[:40]}, or make the statistics again."
        )
    if statistics.width != extractor.widths[layer]:
        raise TdotError(
            f"{given.name} holds statistics of width {statistics.width}; {extractor.key} layer {layer} has {extractor.widths[layer]}. "
            "Choose the layer it was made with."
        )
    try:
        _ = statistics.factor  # found once and kept; what is no covariance ends the evaluation before anything is drawn
    except TdotError as error:
        raise TdotError(f"{given.name}: {error}") from error
    none = np.zeros(0, np.int64)
    return Reference(
        Features(None, statistics),
        none,
        None,
        (),
        given.name,
        statistics.n or 0,
        False,
        given.size,
        _unsaid(spec, given),
    )


def _unsaid(spec: EvaluationSpec, given: Given) -> str:
    """Return what a reader must know when nobody said which tool made the statistics."""
    own = extractors.get(spec.extractor).resize()
    if given.resize or spec.resize or not own:
        return ""
    return (
        f"{given.name} does not say which tool made it, and images were resized as {own} does. Other tools resize in other ways: "
        f"say --resize {PYTORCH_FID} (else the value is off by about 1e-3) or --resize {CLEAN} (else it says nothing) where one of them did."
    )


def image_references(
    spec: EvaluationSpec, extractor: Extractor, layers: Sequence[str]
) -> Generator[Progress, None, dict[str, Reference]]:
    """Return real images at a path as the real side in several layers, at their own size where the extractor takes any.

    A folder's name ends in a slash, so that it is never taken for a data set. Raises TdotError when there are fewer than 2.
    """
    read = yield from read_outside(spec.real, own_size=extractor.any_size)
    name = f"{read.name}/" if Path(spec.real).expanduser().is_dir() else read.name
    if len(read.images) < 2:
        raise TdotError(f"{name} holds {len(read.images)} real image; a comparison takes at least 2.")
    found = yield from extract(read.images, extractor, layers)
    rows = sample_rows(read.images)
    return {
        layer: Reference(
            Features(np.asarray(one.array[rows]), one.statistics, f"{extractor.key} {layer}", kept_neighbours),
            rows,
            None,
            (),
            name,
            len(read.images),
            False,
            read.size,
        )
        for layer, one in found.items()
    }
