"""What the nodes of a cluster are asked before anything is started on them: their version, their processor, the shared folder."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tdot_core.errors import TdotError
from tdot_core.services.cluster.joining import first_line
from tdot_core.services.storage.paths import cache_root
from tdot_core.services.storage.version import code_version

PROBE_SECONDS = 300.0
"""A worker imports torch first, which takes long on a busy machine."""


def nodes_with(device: str) -> list[dict[str, Any]]:
    """Return Ray's account of each living node that has the device: "cpu", "cuda" or "mps"."""
    import ray

    nodes: Any = ray.nodes
    alive = [node for node in nodes() if node["Alive"]]
    return [node for node in alive if node["Resources"].get("GPU")] if device == "cuda" else alive


def check_nodes(device: str, hardware: str = "") -> None:
    """Raise TdotError unless every node runs this version, sees the cache and, where hardware is given, is of that kind."""
    import ray

    with _marker() as marker:
        nodes = nodes_with(device)
        answers = [_ask(ray, node, device, marker) for node in nodes]
        for node, answer in zip(nodes, answers, strict=True):
            if (heard := _heard(ray, node, answer)) is not None:
                _check(node["NodeManagerHostname"], hardware, heard)


def _ask(ray: Any, node: Mapping[str, Any], device: str, marker: Path) -> Any:
    where = ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
    gpus = 0.01 if device == "cuda" else 0
    look = ray.remote(_look).options(num_cpus=0, num_gpus=gpus, scheduling_strategy=where)
    return look.remote(str(marker), device)


def _look(marker: str, device: str) -> dict[str, Any]:
    return {"version": code_version(), "shares": Path(marker).exists(), "hardware": hardware_or_none(device)}


def _heard(ray: Any, node: Mapping[str, Any], answer: Any) -> dict[str, Any] | None:
    """Return what a node answers, or None when it has left: the cluster lists a node that died for some seconds more."""
    try:
        return dict(ray.get(answer, timeout=PROBE_SECONDS))
    except (ray.exceptions.TaskUnschedulableError, ray.exceptions.NodeDiedError):
        return None
    except ray.exceptions.GetTimeoutError as error:
        raise TdotError(
            f"The Ray node {node['NodeManagerHostname']} did not answer within {PROBE_SECONDS / 60:.0f} min, perhaps since its GPUs are "
            "all in use. Nothing was started: try again when it is free, or remove the node."
        ) from error
    except ray.exceptions.RayError as error:
        raise TdotError(
            f"The Ray node {node['NodeManagerHostname']} cannot run TDOT ({first_line(error)}). Install it there, or remove the node."
        ) from error


def hardware_or_none(device: str) -> str:
    """Return the kind of processor behind a device here, or "no DEVICE" where there is none."""
    from tdot_core.services.compute.device import find_device
    from tdot_core.services.compute.hardware import hardware_of

    try:
        return hardware_of(find_device(device))
    except TdotError:
        return f"no {device}"


def _check(name: str, hardware: str, found: Mapping[str, Any]) -> None:
    if hardware and found["hardware"] != hardware:
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
