"""The scheduler of the Ray launcher, simulated: the real planner and frontier, fake nodes of fixed times."""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import dataclass

from tdot_core.bench.result import BenchResult
from tdot_core.bench.sweep import large_sweep
from tdot_core.services.sweep.cells import cells_of
from tdot_core.services.sweep.frontier import Frontier
from tdot_core.services.sweep.graph import Node, build_graph

NAME = "scheduler"
HELP = "how busy the scheduler keeps 1 to 1,000 workers with 10,000 cells (a simulation)"

SECONDS = {"train": 3600.0, "draw": 1024 * 0.069, "features": 1024 * 0.004, "row": 4.0}
"""What a node takes on one core. Draw and features were measured (docs/scaling.md); a training and a row are assumed."""
DRIVER_SECONDS = 0.003
"""What the driver is assumed to spend on a node: sending it, hearing of its end, and finding what can follow."""
AHEAD = 2


@dataclass(frozen=True)
class Simulated:
    """What a simulated run came to. hours: from first to last; busy: the workers' share of it spent on nodes."""

    hours: float
    busy: float


def run() -> list[BenchResult]:
    """Simulate 10,000 cells on 1, 8, 64 and 1,000 workers of one core each."""
    nodes = build_graph(cells_of(large_sweep()), {})
    results = []
    for workers, least in ((1, 99.0), (8, 99.0), (64, 95.0), (1000, 50.0)):
        found = simulate(nodes, workers, SECONDS, DRIVER_SECONDS)
        name = f"share of {workers:,} workers' time spent on nodes; {len(nodes):,} nodes in {found.hours:,.1f} h (simulated)"
        results.append(BenchResult(NAME, name, 100 * found.busy, "%", ">=", least))
    return results


def simulate(nodes: Mapping[str, Node], workers: int, seconds: Mapping[str, float], driver: float) -> Simulated:
    """Return what a run of the plan comes to on so many workers.

    seconds: of a node by kind; driver: seconds of the one driver per node, during which it does nothing else. As the launcher
    does, it sends at most two nodes per worker before it has heard of an end, and nodes wait in the order in which they were sent.
    """
    frontier, clock = Frontier(nodes), 0.0
    free = [0.0] * workers
    ends: list[tuple[float, str]] = []
    while frontier.left:
        while len(ends) < max(4, AHEAD * workers) and (key := frontier.take()) is not None:
            clock += driver
            end = max(heapq.heappop(free), clock) + seconds[nodes[key].kind]
            heapq.heappush(free, end)
            heapq.heappush(ends, (end, key))
        end, key = heapq.heappop(ends)
        clock = max(clock, end)
        frontier.finish(key)
    total = sum(seconds[node.kind] for node in nodes.values())
    return Simulated(clock / 3600, total / (clock * workers))
