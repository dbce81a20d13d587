"""The cells of a sweep: every training and every evaluation that its blocks ask for, each once."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

from tdot_core.errors import TdotError
from tdot_core.services.sweep.document import LISTS, Block, SweepFile, TrainEntry

MOST_CELLS = 100_000
BLOCK = 1024
"""Images in a block, whole chunks of them: what one worker draws at a time. A set of no more is one block."""
Settings = tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class Training:
    """A training that the sweep needs. settings: what differs from the kind's defaults, sorted by name."""

    kind: str
    dataset: str
    settings: Settings
    seed: int
    label: str = ""

    @property
    def network(self) -> tuple[str, str]:
        """Return the feature network that it is told to look through and the run that this is of, "" for none."""
        settings = dict(self.settings)
        return str(settings.get("features", "")), str(settings.get("features_run", ""))


@dataclass(frozen=True)
class Cell:
    """One prior at one setting. prior: what `load_prior` takes, or the training that makes it."""

    prior: str | Training
    dataset: str
    net: str
    t_star: int
    sampler: str
    grid: str
    n_steps: int
    seed: int
    extractor: str
    layers: tuple[str, ...]
    metrics: tuple[str, ...]
    n: int
    sets: int
    clip_x0: bool
    precision: str

    @property
    def title(self) -> str:
        """Return the cell in a few words."""
        prior = (
            self.prior
            if isinstance(self.prior, str)
            else self.prior.label or f"{self.prior.kind} (seed {self.prior.seed})"
        )
        return f"{prior} at t* = {self.t_star}, {self.n_steps} {self.sampler} steps on {self.grid}, {self.extractor}"


def cells_of(sweep: SweepFile) -> list[Cell]:
    """Return the cells of all blocks in order, each once; steps beyond t_star are left out, since no chain has them.

    They are counted before they are made: raises TdotError for more than 100,000, and when none is left.
    """
    asked = sum(_count(block) for block in sweep.blocks)
    if asked > MOST_CELLS:
        raise TdotError(
            f"{sweep.name} asks for {asked:,} cells; at most {MOST_CELLS:,} are planned. Split it into several sweeps."
        )
    found = list(dict.fromkeys(cell for block in sweep.blocks for cell in cells_of_block(block)))
    if not found:
        raise TdotError(f"{sweep.name} has no cell: every combination asks for more steps than its t_star has.")
    return found


def _count(block: Block) -> int:
    trained = sum(len(e.seeds) * math.prod(len(v) for v in e.settings.values()) for e in block.train)
    return (len(block.lists["prior"]) + trained * len(block.lists["dataset"])) * math.prod(
        len(block.lists[name]) for name in LISTS
    )


def cells_of_block(block: Block) -> Iterator[Cell]:
    """Yield the cells of one block, without asking how many there are."""
    names, single = list(LISTS), block.single
    for values in product(*(block.lists[name] for name in names)):
        at = dict(zip(names, values, strict=True))
        if at["steps"] > at["t_star"]:
            continue
        trained = [training for entry in block.train for training in _trainings(entry, at["dataset"])]
        for prior in [*block.lists["prior"], *trained]:
            yield Cell(
                prior,
                at["dataset"],
                at["net"],
                at["t_star"],
                at["sampler"],
                at["grid"],
                at["steps"],
                at["seed"],
                at["extractor"],
                tuple(block.lists["layers"]),
                tuple(block.lists["metrics"]),
                single["n"],
                single["sets"],
                single["clip_x0"],
                single["precision"],
            )


def _trainings(entry: TrainEntry, dataset: str) -> Iterator[Training]:
    names = sorted(entry.settings)
    for values in product(*(entry.settings[name] for name in names)):
        for seed in entry.seeds:
            yield Training(entry.prior, dataset, tuple(zip(names, values, strict=True)), seed, entry.label)
