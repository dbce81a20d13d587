"""The workers of a Ray cluster: every node of the plan is one of its tasks. Arrays go through the shared cache, never through Ray."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tdot_core.errors import TdotError
from tdot_core.progress import Progress
from tdot_core.services.cluster.asking import check_nodes, hardware_or_none, nodes_with
from tdot_core.services.cluster.joining import first_line, join, leave
from tdot_core.services.runs.process import host_name
from tdot_core.services.storage.version import code_version
from tdot_core.services.sweep.attempt import DONE, FAILED, HELD, STOPPED, attempt
from tdot_core.services.sweep.frontier import Frontier
from tdot_core.services.sweep.graph import Node
from tdot_core.services.sweep.launchers import WAIT_SECONDS, Launcher, Outcome, Show
from tdot_core.services.sweep.nodes import keep_failure, readable

GIB = 2**30
MEMORY = {"train": 2 * GIB, "draw": GIB, "features": GIB, "row": 2 * GIB}
"""What Ray is told that a node of the plan takes, in bytes; measured peaks lie below."""
RETRIES = 3
AHEAD = 2
"""Tasks sent per CPU: one at work and one that is there when it ends."""
MISPLACED = "misplaced"
MISPLACEMENTS = 20


class RayCluster(Launcher):
    """Send the nodes to the workers of a Ray cluster that is running already."""

    key = "ray"
    summary = "the workers of a running Ray cluster, found by --address"
    rank = 1

    @property
    def task(self) -> Callable[..., tuple[str, str]]:
        """Return what a worker is called with for a node."""
        return _do

    def open(self) -> None:
        """Connect; raises TdotError when Ray is not installed, nothing answers, or the workers could not do the work."""
        join(self.address)
        try:
            self._check()
        except BaseException:
            leave()
            raise

    def _check(self) -> None:
        able = [
            node["Resources"].get("CPU", 0)
            for node in nodes_with(self.device)
            if node["Resources"].get("memory", 0) >= max(MEMORY.values())
        ]
        if max(able, default=0) < self.threads:
            raise TdotError(
                f"A training of this sweep computes on {self.threads} CPUs and takes {max(MEMORY.values()) // GIB} GiB, but no node of the "
                f"cluster has both; the largest has {max(able, default=0):g} CPUs. Set threads in the file, or add a node."
            )
        check_nodes(self.device, self.hardware)

    def run(self, nodes: Mapping[str, Node], stop: Path, show: Show) -> Outcome:
        """Send what can be done now, a few tasks per CPU, until all is done; those at work when `stop` appears are waited for."""
        import ray

        frontier, outcome = Frontier(nodes, readable(nodes)), Outcome()
        self._misplaced: dict[str, int] = {}
        flying: dict[Any, str] = {}
        held: list[str] = []
        task, looked = ray.remote(self.task), 0.0
        while flying or (frontier.left and not stop.exists()):
            while not stop.exists() and len(flying) < self._room(ray) and (key := frontier.take()) is not None:
                flying[self._send(task, nodes[key], stop)] = key
            if flying:
                ended, _ = ray.wait(list(flying), num_returns=1, timeout=WAIT_SECONDS)
                if ended:
                    ended, _ = ray.wait(list(flying), num_returns=len(flying), timeout=0)
            else:
                ended = []
                time.sleep(WAIT_SECONDS)
            for ref in ended:
                key = flying.pop(ref)
                held += [key] if self._hear(ray, ref, nodes[key], frontier, outcome) else []
                show(Progress(len(nodes) - len(frontier.left), len(nodes), {}, f"{nodes[key].kind} nodes"))
            if time.monotonic() - looked > WAIT_SECONDS:
                looked = time.monotonic()
                for key in held:
                    frontier.put_back(key)
                held = []
        outcome.failed, outcome.stopped = frontier.failed, stop.exists()
        outcome.waiting = [key for key in nodes if key in frontier.left]
        return outcome

    def _room(self, ray: Any) -> int:
        return max(4, int(AHEAD * ray.cluster_resources().get("CPU", 1)))

    def _send(self, task: Any, node: Node, stop: Path) -> Any:
        cpus = self.threads if node.kind in ("train", "row") else 1
        gpus = 1 if self.device == "cuda" else 0
        return task.options(
            num_cpus=cpus,
            num_gpus=gpus,
            memory=MEMORY[node.kind],
            max_retries=RETRIES,
            scheduling_strategy="SPREAD",
            name=f"tdot {node.kind}",
        ).remote(node, self.hardware, self.threads, cpus, str(stop), code_version())

    def _hear(self, ray: Any, ref: Any, node: Node, frontier: Frontier, outcome: Outcome) -> bool:
        """Take in how a task ended; returns whether the node is to be tried again."""
        try:
            state, why = ray.get(ref)
        except ray.exceptions.RayError as error:
            state, why = FAILED, _lost(ray, error)
            keep_failure(node.key, why)
        if state == MISPLACED:
            # A node that joined after the check: the others may still do it.
            self._misplaced[node.key] = self._misplaced.get(node.key, 0) + 1
            if self._misplaced[node.key] < MISPLACEMENTS:
                return True
            state, why = FAILED, f"No node of the cluster fits: {why}"
            keep_failure(node.key, why)
        if state == HELD:
            return True
        if state in (FAILED, STOPPED):
            frontier.fail(node.key, why)
        else:
            frontier.finish(node.key)
            outcome.done += [node.key] if state == DONE else []
        return False

    def close(self) -> None:
        """Leave the cluster, which goes on running."""
        leave()


def _do(node: Node, hardware: str, threads: int, cpus: int, stop: str, version: str) -> tuple[str, str]:
    """Do a node in a worker of the cluster, unless the sweep was stopped meanwhile."""
    from tdot_core.services.sweep.work import do_node

    if Path(stop).exists():
        return HELD, ""
    device = hardware.split()[0]
    if code_version() != version or hardware_or_none(device) != hardware:
        return (
            MISPLACED,
            f"{host_name()} runs TDOT {code_version()} on {hardware_or_none(device)}; expected {version} on {hardware}.",
        )
    os.environ["TDOT_THREADS"] = str(cpus)
    return attempt(node, lambda node: do_node(node, device, threads, queue=False))


def _lost(ray: Any, error: Exception) -> str:
    if isinstance(error, ray.exceptions.RayTaskError):
        return f"{type(error.cause).__name__}: {first_line(error.cause)}"
    return f"Its worker was lost {RETRIES + 1} times ({type(error).__name__}: {first_line(error)})"
