"""The extractors in words, for lines of help; no torch here."""

from __future__ import annotations

from tdot_core.models.extractors import extractors


def extractor_help(default: str = "") -> str:
    """Return the known extractors as a line of help."""
    return ", ".join(f"{key} (default)" if key == default else key for key in extractors.all())


def layer_help() -> str:
    """Return the layers of the extractors that have several as a line of help."""
    several = {key: card.layers for key, card in extractors.all().items() if len(card.layers) > 1}
    return "; ".join(f"{key}: {', '.join(layers[:-1])} or {layers[-1]}" for key, layers in several.items())


def resize_help() -> str:
    """Return the resizes of the extractors that have several as a line of help."""
    several = {key: card.resizes for key, card in extractors.all().items() if len(card.resizes) > 1}
    found = "; ".join(f"{key}: {names[0]} (default), {' or '.join(names[1:])}" for key, names in several.items())
    return f"resize of the tool to agree with; {found}"


def weights_help() -> str:
    """Return whose weights are read from a file as a line of help."""
    reading = [
        f"{key} (default {card.variable}, else downloaded)" for key, card in extractors.all().items() if card.variable
    ]
    return f"weights file for {'; '.join(reading)}"
