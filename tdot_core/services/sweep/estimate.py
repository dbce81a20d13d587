"""Seconds that a node is expected to take where none of its kind was timed yet: rates of docs/scaling.md's machine, on its two cores."""

from __future__ import annotations

from tdot_core.errors import TdotError
from tdot_core.services.catalogue.chains import sampler_catalogue
from tdot_core.services.datasets import load_dataset
from tdot_core.services.sweep.cells import Cell, Training
from tdot_core.services.sweep.graph import DrawWork, Node
from tdot_core.services.training.pace import training_seconds

CALL = {"fp32": 0.0040, "bf16": 0.0025}
"""Of the shipped denoiser, per image and call."""
FEATURES = {"cifar-cnn": 0.0016, "inception": 0.053, "inception 64": 0.010}
"""Per image: of an extractor to the deepest layer that ships, and of one layer that is cheaper alone."""
ROW = 0.002
"""Of a row's metrics, per image of its sets."""


def expected_seconds(node: Node) -> float | None:
    """Return the seconds of a node by the shipped rates, None for an extractor or kind that was never timed and a data set not here."""
    work = node.work
    if isinstance(work, Training):
        return _training(work)
    if isinstance(work, DrawWork):
        if node.kind == "draw":
            calls = sampler_catalogue()[work.cell.sampler].calls(work.cell.n_steps)
            rate = CALL.get(work.cell.precision)
            return None if rate is None else work.n * calls * rate
        cell = work.cell
        rate = FEATURES.get(" ".join([cell.extractor, *cell.layers]), FEATURES.get(cell.extractor))
        return None if rate is None else work.n * rate
    return work.n * work.sets * ROW if isinstance(work, Cell) else None


def _training(work: Training) -> float | None:
    try:
        n_train = load_dataset(work.dataset).info.n_train
    except TdotError:
        return None
    return training_seconds(work.kind, dict(work.settings), n_train)
