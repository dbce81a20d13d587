"""Who made a photograph, as Markdown."""

from __future__ import annotations

from collections.abc import Iterable

from tdot_core.services.catalogue.gallery import Photograph
from ui.words import plain


def credit_words(photographs: Iterable[Photograph]) -> str:
    """Return each photograph's title, maker and licence with their links, as one line of Markdown."""
    return "; ".join(map(_credit, photographs))


def _credit(photograph: Photograph) -> str:
    licence = plain(photograph.licence)
    if photograph.licence_url:
        licence = f"[{licence}]({photograph.licence_url})"
    return f"[{plain(photograph.title)}]({photograph.source}) by {plain(photograph.by)}, {licence}"
