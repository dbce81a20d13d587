"""Networks in whose layers transport is measured, by name: one file each, found by discovery."""

from __future__ import annotations

from tdot_core.models.features.base import FeatureNetwork
from tdot_core.registry import Registry

feature_networks: Registry[FeatureNetwork] = Registry(__name__, FeatureNetwork, "feature network")  # type: ignore[type-abstract]
