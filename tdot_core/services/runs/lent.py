"""The trained network that another training looks through: found, read and recorded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from tdot_core.config import recorded_config
from tdot_core.errors import TdotError, unknown_name
from tdot_core.models.features import feature_networks
from tdot_core.models.package_weights import package_weights
from tdot_core.models.trainable import Trainable
from tdot_core.services.features.extractors import weights_store
from tdot_core.services.runs.checkpoints import load_weights, sha256
from tdot_core.services.runs.kinds import find_trainable
from tdot_core.services.runs.store import Run, best_run, find_run, list_runs

Lent = tuple[Mapping[str, Tensor], Any]


def lender_of(cls: type[Trainable], config: Any) -> dict[str, Any]:
    """Return what a spec records of the network that a training looks through, nothing where it looks through none.

    That is its key, and the hash of its weights with the kind and id of the run, or the package, that they come from. The run is
    the one that `features_run` names, else the best of its kind. Raises TdotError when there is none.
    """
    key = cls.looks_through(config)
    if not key:
        return {}
    network, named = feature_networks.get(key), config.features_run
    recorded = {"network": key}
    if named and not network.run:
        raise TdotError(f"The features {key} are of no run; leave features_run empty, found {named[:80]!r}.")
    if network.package:
        recorded |= {"package": network.package, "weights": package_weights(network.package, weights_store())[1]}
    if network.run:
        run = _run(network.run, named)
        recorded |= {"kind": network.run, "run": run.id, "weights": sha256(run.weights_path)}
    return {"looks_through": recorded}


def _run(kind: str, named: str) -> Run:
    if named:
        known = {run.id: run for run in list_runs(kind) if run.weights_path.exists()}
        if named not in known:
            raise unknown_name(f"{kind} run with weights", named, known)
        return known[named]
    run = best_run(kind)
    if run is None:
        raise TdotError(
            f"These features need a trained {kind}. Train one: python -m tdot_core train {kind} --dataset cifar10"
        )
    return run


def lent(recorded: Mapping[str, Any]) -> Lent | None:
    """Return weights and Config of the network that a spec records, None where it has no weights to read.

    Raises TdotError where the weights changed since, or their package is gone.
    """
    if "package" in recorded:
        tensors, digest = package_weights(str(recorded["package"]), weights_store())
        _unchanged(digest, recorded, str(recorded["package"]))
        return tensors, None
    if "kind" not in recorded:
        return None
    run, config = find_run(str(recorded["run"])), find_trainable(str(recorded["kind"])).Config
    _unchanged(sha256(run.weights_path), recorded, run.id)
    return load_weights(run.path), recorded_config(config, run.config)


def _unchanged(digest: str, recorded: Mapping[str, Any], name: str) -> None:
    if digest != recorded["weights"]:
        raise TdotError(
            f"The weights of {name}, which this training looks through, have changed since; train a new run."
        )
