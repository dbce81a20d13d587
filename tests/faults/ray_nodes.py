"""Two Ray nodes of this machine, each with a raylet, a store and a folder of its own, joined by address."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")
CPUS = {"num_cpus": 1, "include_dashboard": False}
NEEDS_RAY = "not measured: needs Ray (pip install -r requirements-ray.txt -c constraints.txt)"
TRIES = 5
"""Ray gives a node half a minute to come up, which a busy machine may not have."""


@contextmanager
def two_nodes() -> Iterator[Any]:
    """Give a cluster of two nodes of one CPU each; all of it is ended afterwards."""
    from ray.cluster_utils import Cluster

    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    # Ray keeps sockets in its folders, whose paths must be short.
    with tempfile.TemporaryDirectory(prefix="r", dir="/tmp", ignore_cleanup_errors=True) as folder:
        # Where Ray's helper notes the cluster's address.
        os.environ["RAY_TMPDIR"] = folder
        (Path(folder) / "ray").mkdir()
        cluster = _patiently(lambda: Cluster(initialize_head=True, head_node_args={**CPUS, "temp_dir": _own(folder)}))
        try:
            second_node(cluster)
            yield cluster
        finally:
            cluster.shutdown()


def second_node(cluster: Any) -> Any:
    """Start one more node in a cluster of `two_nodes`, and return it as the cluster's `remove_node` takes it."""
    return _patiently(lambda: cluster.add_node(**CPUS, temp_dir=_own(os.environ["RAY_TMPDIR"])))


def _own(folder: str) -> str:
    return tempfile.mkdtemp(prefix="n", dir=folder)


def _patiently(begin: Callable[[], T]) -> T:
    for _ in range(TRIES - 1):
        with contextlib.suppress(Exception):
            return begin()
    return begin()
