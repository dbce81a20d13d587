"""The plan of a sweep: train -> draw -> features -> row, common parts once, every node keyed by what it depends on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tdot_core.services.sweep.cells import BLOCK, Cell, Training

KINDS = ("train", "draw", "features", "row")


@dataclass(frozen=True)
class Node:
    """One piece of work. key: hash of its kind and of everything it depends on; needs: keys of other nodes; work: plain values."""

    kind: str
    key: str
    needs: tuple[str, ...]
    title: str
    work: Any = field(compare=False, hash=False, repr=False)


@dataclass(frozen=True)
class DrawWork:
    """A block of the images of a cell: n image seeds from `first` on. What comes of it depends on no other block."""

    cell: Cell
    first: int
    n: int


def _key(kind: str, *facts: Any) -> str:
    return hashlib.sha256(json.dumps([kind, *facts], sort_keys=True, default=str).encode()).hexdigest()[:24]


def blocks_of(cell: Cell, k: int, block: int = BLOCK) -> list[DrawWork]:
    """Return the blocks of a cell's set number k, image seeds seed + k n .. seed + (k + 1) n - 1, in order of their seeds."""
    first, end = cell.seed + k * cell.n, cell.seed + (k + 1) * cell.n
    return [DrawWork(cell, start, min(block, end - start)) for start in range(first, end, block)]


def build_graph(cells: Iterable[Cell], identities: Mapping[str, str], block: int = BLOCK) -> dict[str, Node]:
    """Return the nodes of the cells by key, every node after those it needs.

    identities: of data sets, priors and nets by "dataset:NAME", "prior:NAME" (or "prior:NAME of DATASET") and "net:NAME": content
    hashes, so that a retrained prior or another data set of the same name is other work; likewise "network:KEY RUN" of the networks
    that trainings look through (`Training.network`). "threads": what trainings and metrics
    compute on; "hardware": the kind of processor, on which float results depend. block: images per draw; rows are the same by
    any division.
    """
    nodes: dict[str, Node] = {}
    threads, hardware = identities.get("threads", ""), identities.get("hardware", "")

    def add(kind: str, needs: tuple[str, ...], title: str, work: Any, *facts: Any) -> str:
        key = _key(kind, *facts)
        if key not in nodes:
            nodes[key] = Node(kind, key, needs, title, work)
        return key

    for cell in cells:
        data = identities.get(f"dataset:{cell.dataset}", cell.dataset)
        trained: tuple[str, ...] = ()
        if isinstance(cell.prior, Training):
            t = cell.prior
            network = identities.get("network:{} {}".format(*t.network))
            facts = (t.kind, data, t.settings, t.seed, threads, hardware, *([network] if network else []))
            trained = (add("train", (), f"train {t.label or t.kind}, seed {t.seed}", t, *facts),)
            prior = trained[0]
        else:
            named = f"prior:{cell.prior}"
            prior = identities.get(f"{named} of {cell.dataset}", identities.get(named, cell.prior))
        chain = (
            prior,
            identities.get(f"net:{cell.net}", cell.net),
            cell.t_star,
            cell.sampler,
            cell.grid,
            cell.n_steps,
            cell.clip_x0,
            cell.precision,
            hardware,
        )
        features: list[str] = []
        for work in (work for k in range(cell.sets) for work in blocks_of(cell, k, block)):
            seeds = f"seeds {work.first}..{work.first + work.n - 1}"
            draw = add("draw", trained, f"{cell.title}, {seeds}", work, chain, work.first, work.n)
            title = f"{cell.extractor} of {cell.title}, {seeds}"
            features.append(add("features", (draw,), title, work, draw, cell.extractor, cell.layers))
        measured = (data, cell.extractor, cell.layers, cell.metrics, threads)
        add("row", tuple(features), cell.title, cell, chain, cell.seed, cell.n, cell.sets, *measured)
    return nodes


def counts(nodes: Mapping[str, Node], done: Iterable[str]) -> dict[str, dict[str, int]]:
    """Return by kind how many nodes there are in all and how many of them are done."""
    finished = set(done)
    return {
        kind: {
            "all": sum(node.kind == kind for node in nodes.values()),
            "done": sum(node.kind == kind and key in finished for key, node in nodes.items()),
        }
        for kind in KINDS
    }
