"""Making one shipped reference: nothing when it is there, else extract the whole training split."""

from __future__ import annotations

from collections.abc import Callable

from tdot_core.errors import TdotError
from tdot_core.progress import Progress, finish
from tdot_core.recipe.items import REFERENCES, ReferenceItem
from tdot_core.services.compute.device import find_device
from tdot_core.services.datasets import load_dataset
from tdot_core.services.features.extract import extract
from tdot_core.services.features.extractors import available_extractors, opening
from tdot_core.services.features.references import shipped_references, write_references


def build_reference(item: ReferenceItem, dataset: str, device: str, show: Callable[[Progress], None]) -> str:
    """Bring one reference to assets/references; return "unchanged", "extracted", or why it is not measured here."""
    info = next(info for info in available_extractors() if info.key == item.extractor)
    if item.layer not in info.layers:
        return f"not measured: {info.note or 'these weights lack the layer'}"
    try:
        extractor = finish(opening(item.extractor, device=find_device(device)), show)
    except TdotError as error:
        return f"not measured: {error}"
    if item.layer not in extractor.layers:
        return "not measured: these weights lack the layer"
    train_set = load_dataset(dataset).info.train_set
    for made in shipped_references():
        same_images = made.train_set == train_set and made.sample == item.sample
        if same_images and (made.extractor, made.layer, made.fingerprint) == (
            item.extractor,
            item.layer,
            extractor.fingerprint,
        ):
            return "unchanged"
    # One pass gives every layer of a network; the other items then find theirs in the cache.
    layers = [other.layer for other in REFERENCES if other.extractor == item.extractor]
    images = load_dataset(dataset).images("train")
    finish(extract(images, extractor, [layer for layer in layers if layer in extractor.layers] or [item.layer]), show)
    finish(write_references(dataset, extractor, [item.layer], item.sample), show)
    return "extracted"
