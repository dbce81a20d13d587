"""Joining a running Ray cluster from one of its nodes; its workers see the same folders as this process."""

from __future__ import annotations

import logging
import os

from tdot_core.errors import TdotError
from tdot_core.services.cluster.address import cluster_address
from tdot_core.services.storage.paths import assets_root, cache_root


def join(address: str) -> None:
    """Connect to the cluster at HOST:PORT, or "auto" or "" for the one started here, until `leave`.

    Raises TdotError, with nothing started, when Ray is not installed or nothing answers.
    """
    variables = worker_variables()
    try:
        import ray
    except ImportError as error:
        raise TdotError(
            "The ray launcher needs Ray: pip install -r requirements-ray.txt -c constraints.txt. Nothing was started."
        ) from error
    found = cluster_address(address)
    try:
        ray.init(
            address=found,
            log_to_driver=False,
            logging_level=logging.ERROR,
            namespace="tdot",
            runtime_env={"env_vars": variables},
        )
    except (ConnectionError, RuntimeError, ValueError, OSError) as error:
        raise TdotError(
            f"Ray at {found} could not be joined ({first_line(error)}). Run this on one of its nodes, "
            "with RAY_AUTH_MODE=token and its token where it asks for one. Nothing was started."
        ) from error


def leave() -> None:
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


def first_line(error: BaseException) -> str:
    """Return what an error says first, for a sentence of one line."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
