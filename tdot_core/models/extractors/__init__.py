"""Extractors by key: one torch-free card in a file each, found by discovery; a new file here is a new feature space everywhere."""

from __future__ import annotations

from tdot_core.models.extractors.base import ExtractorCard
from tdot_core.registry import Registry

extractors: Registry[ExtractorCard] = Registry(__name__, ExtractorCard, "extractor")  # type: ignore[type-abstract]

DEFAULT = "cifar-cnn"
"""What measures when nothing is asked for: it ships, and works offline in seconds."""


def own_resize(key: str) -> str:
    """Return how an extractor brings images to one size unasked, "" for one that does not, or is not known here."""
    card = extractors.all().get(key)
    return card.resize() if card else ""


def distance_name(key: str, layer: str) -> str:
    """Return what the Fréchet distance is called on a layer: FID-64, FD-cnn, ...; FD-<key> for an extractor not known here."""
    card = extractors.all().get(key)
    return card.distance(layer) if card else f"FD-{key}"
