"""The workers of a Ray cluster: every node of the plan is one of its tasks. Arrays go through the shared cache, never through Ray."""

from __future__ import annotations

import logging
import os
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tdot_core.errors import TdotError
from tdot_core.progress import Progress
from tdot_core.services.runs.process import host_name
from tdot_core.services.storage.paths import assets_root, cache_root
from tdot_core.services.storage.version import code_version
from tdot_core.services.sweep.attempt import DONE, FAILED, HELD, attempt
from tdot_core.services.sweep.frontier import Frontier
from tdot_core.services.sweep.graph import Node
from tdot_core.services.sweep.launchers import WAIT_SECONDS, Launcher, Outcome, Show
from tdot_core.services.sweep.launchers.ray_address import cluster_address
from tdot_core.services.sweep.nodes import finished, keep_failure

GIB = 2**30
MEMORY = {"train": 2 * GIB, "draw": GIB, "features": GIB, "row": 2 * GIB}
"""What Ray is told that a node of the plan takes, in bytes; measured peaks lie below."""
RETRIES = 3
PROBE_SECONDS = 300.0
"""A worker imports torch first, which takes long on a busy machine."""
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
        self._env = worker_variables()
        try:
            import ray
        except ImportError as error:
            raise TdotError(
                "The ray launcher needs Ray: pip install -r requirements-ray.txt -c constraints.txt. Nothing was started."
            ) from error
        address = cluster_address(self.address)
        try:
            ray.init(
                address=address,
                log_to_driver=False,
                logging_level=logging.ERROR,
                namespace="tdot",
                runtime_env={"env_vars": self._env},
            )
        except (ConnectionError, RuntimeError, ValueError, OSError) as error:
            raise TdotError(
                f"Ray at {address} could not be joined ({_first_line(error)}). Run this on one of its nodes, "
                "with RAY_AUTH_MODE=token and its token where it asks for one. Nothing was started."
            ) from error
        try:
            self._check(ray)
        except BaseException:
            ray.shutdown()
            raise

    def _check(self, ray: Any) -> None:
        alive = [node for node in ray.nodes() if node["Alive"]]
        if self.device == "cuda":
            alive = [node for node in alive if node["Resources"].get("GPU")]
        able = [
            node["Resources"].get("CPU", 0)
            for node in alive
            if node["Resources"].get("memory", 0) >= max(MEMORY.values())
        ]
        if max(able, default=0) < self.threads:
            raise TdotError(
                f"A training of this sweep computes on {self.threads} CPUs and takes {max(MEMORY.values()) // GIB} GiB, but no node of the "
                f"cluster has both; the largest has {max(able, default=0):g} CPUs. Set threads in the file, or add a node."
            )
        with _marker() as marker:
            answers = [self._probe(ray, node, marker) for node in alive]
            for node, answer in zip(alive, answers, strict=True):
                if (heard := _heard(ray, node, answer)) is not None:
                    _check_worker(node["NodeManagerHostname"], self.hardware, heard)

    def _probe(self, ray: Any, node: Mapping[str, Any], marker: Path) -> Any:
        where = ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
        gpus = 0.01 if self.device == "cuda" else 0
        look = ray.remote(_look).options(num_cpus=0, num_gpus=gpus, scheduling_strategy=where)
        return look.remote(str(marker), self.device)

    def run(self, nodes: Mapping[str, Node], stop: Path, show: Show) -> Outcome:
        """Send what can be done now, a few tasks per CPU, until all is done; those at work when `stop` appears are waited for."""
        import ray

        frontier, outcome = Frontier(nodes, finished(nodes)), Outcome()
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
        if state == FAILED:
            frontier.fail(node.key, why)
        else:
            frontier.finish(node.key)
            outcome.done += [node.key] if state == DONE else []
        return False

    def close(self) -> None:
        """Leave the cluster, which goes on running."""
        import ray

        ray.shutdown()


def worker_variables() -> dict[str, str]:
    """Return the environment of the workers: the same folders as here, threads that wait without spinning, no usage statistics."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    ours = {name: value for name, value in os.environ.items() if name.startswith("TDOT_")}
    return {
        **ours,
        "TDOT_CACHE": str(cache_root()),
        "TDOT_ASSETS": str(assets_root()),
        "OMP_WAIT_POLICY": "PASSIVE",
        "GOMP_SPINCOUNT": "0",
        "KMP_BLOCKTIME": "0",
        "RAY_USAGE_STATS_ENABLED": "0",
    }


def _do(node: Node, hardware: str, threads: int, cpus: int, stop: str, version: str) -> tuple[str, str]:
    """Do a node in a worker of the cluster, unless the sweep was stopped meanwhile."""
    from tdot_core.services.sweep.work import do_node

    if Path(stop).exists():
        return HELD, ""
    device = hardware.split()[0]
    if code_version() != version or _hardware(device) != hardware:
        return (
            MISPLACED,
            f"{host_name()} runs TDOT {code_version()} on {_hardware(device)}; expected {version} on {hardware}.",
        )
    os.environ["TDOT_THREADS"] = str(cpus)
    return attempt(node, lambda node: do_node(node, device, threads, queue=False))


def _look(marker: str, device: str) -> dict[str, Any]:
    return {"version": code_version(), "shares": Path(marker).exists(), "hardware": _hardware(device)}


def _heard(ray: Any, node: Mapping[str, Any], answer: Any) -> dict[str, Any] | None:
    """Return what a node answers, or None when it has left: the cluster lists a node that died for some seconds more."""
    try:
        return dict(ray.get(answer, timeout=PROBE_SECONDS))
    except (ray.exceptions.TaskUnschedulableError, ray.exceptions.NodeDiedError):
        return None
    except ray.exceptions.RayError as error:
        raise TdotError(
            f"The Ray node {node['NodeManagerHostname']} cannot run TDOT ({_first_line(error)}). Install it there, or remove the node."
        ) from error


def _hardware(device: str) -> str:
    from tdot_core.services.compute.device import find_device
    from tdot_core.services.compute.hardware import hardware_of

    try:
        return hardware_of(find_device(device))
    except TdotError:
        return f"no {device}"


def _check_worker(name: str, hardware: str, found: Mapping[str, Any]) -> None:
    if found["hardware"] != hardware:
        raise TdotError(
            f"The Ray node {name} computes on {found['hardware']!r} and this sweep is for {hardware!r}: float results would differ. "
            "Remove the node, or name the common kind as hardware in the file. Nothing was started."
        )
    if found["version"] != code_version():
        raise TdotError(
            f"The Ray node {name} runs another version of TDOT ({found['version']}, here {code_version()}). Update it. Nothing was started."
        )
    if not found["shares"]:
        raise TdotError(
            f"The Ray node {name} does not see {cache_root()}. Point TDOT_CACHE to a folder that all nodes share. Nothing was started."
        )


@contextmanager
def _marker() -> Iterator[Path]:
    path = cache_root() / "sweeps" / f".seen-{secrets.token_hex(8)}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def _lost(ray: Any, error: Exception) -> str:
    if isinstance(error, ray.exceptions.RayTaskError):
        return f"{type(error.cause).__name__}: {_first_line(error.cause)}"
    return f"Its worker was lost {RETRIES + 1} times ({type(error).__name__}: {_first_line(error)})"


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
