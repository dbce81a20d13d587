"""The two divisions of the comparison, from which network a training looked through; no torch here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from tdot_core.services.catalogue.priors import attribute, prior_catalogue, read_classes
from tdot_core.services.storage.paths import project_root

FROZEN_FEATURES = "frozen features allowed"
"""Trained with the help of a network that was trained before; without one a prior is what its class says it stands for."""


TEXTS = ("key", "label", "trained_on", "run", "package")


@dataclass(frozen=True)
class NetworkInfo:
    """A feature network. trained_on: what it learned from before, "" for nothing; labels: whether it saw classes; judges:
    extractors that are this network; run, package: kind of run, or package, that its weights are of, "" for none.
    """

    key: str
    label: str
    trained_on: str
    labels: bool
    judges: tuple[str, ...]
    run: str = ""
    package: str = ""

    @property
    def sentence(self) -> str:
        """Return what it is and what it has seen."""
        if not self.trained_on:
            return f"{self.label}, trained on nothing"
        return f"{self.label}, trained on {self.trained_on}"


@cache
def network_catalogue() -> dict[str, NetworkInfo]:
    """Return every feature network by key, read from the sources in tdot_core/models/features."""
    classes = read_classes(project_root() / "tdot_core" / "models" / "features")
    found = {}
    for name, facts in classes.items():
        if "key" in facts.own:
            texts = {part: str(attribute(classes, name, part, "")) for part in TEXTS}
            labels, judges = (
                attribute(classes, name, part, default) for part, default in (("labels", False), ("judges", ()))
            )
            found[texts["key"]] = NetworkInfo(**texts, labels=bool(labels), judges=tuple(judges))
    return found


def network_of(spec: Mapping[str, Any]) -> str:
    """Return the key of the network that a run's training looked through, from its spec; "" for none."""
    recorded = spec.get("looks_through")
    # Earlier runs recorded the kind alone, which is the key of the network.
    return str(recorded.get("network") or recorded.get("kind") or "") if isinstance(recorded, dict) else ""


def division_of(key: str, network: str = "") -> str:
    """Return the division of a prior of a kind, trained through a network, "" for what takes no part in the comparison."""
    info = network_catalogue().get(network)
    if info is not None and info.trained_on:
        return FROZEN_FEATURES
    return next((prior.stands for prior in prior_catalogue() if prior.key == key), "")


def division_words(key: str, network: str = "") -> str:
    """Return the division with the network behind it, such as "frozen features allowed (EfficientNet-Lite0, trained on ...)"."""
    division, info = division_of(key, network), network_catalogue().get(network)
    return f"{division} ({info.sentence})" if info is not None and division else division


def why_no_judge(network: str, extractor: str) -> str:
    """Return why an extractor cannot judge what was trained through a network, "" where it can."""
    info = network_catalogue().get(network)
    if info is None or extractor not in info.judges:
        return ""
    return f"Counts for nothing: {info.label} judges here, and this prior was trained through it."
