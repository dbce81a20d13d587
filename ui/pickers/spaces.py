"""Which real images and which feature spaces can be chosen together: imported data sets and shipped references."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from tdot_core.services.datasets import DatasetInfo, list_datasets
from tdot_core.services.features.extractors import ExtractorInfo, available_extractors
from tdot_core.services.features.references import ReferenceInfo, shipped_references
from ui import address
from ui.address import asked
from ui.pickers.add_dataset import add_dataset
from ui.pickers.dataset_facts import facts
from ui.pickers.get_cifar10 import CIFAR10, get_cifar10
from ui.pickers.new_dataset import ask_for_new, new_written
from ui.words import plain

FIRST = "cifar10"


@dataclass(frozen=True)
class Real:
    """Real images to compare with. info: None when only shipped features are here, the images not being imported."""

    name: str
    info: DatasetInfo | None
    references: tuple[ReferenceInfo, ...]

    def option(self) -> str:
        """Return how the choice reads in a list."""
        if self.info is not None:
            return f"{self.name} ({self.info.n_train:,} training, {self.info.n_test:,} test images)"
        return f"{self.name} (shipped features of {max(r.n for r in self.references):,} images)"

    @property
    def shipped(self) -> set[tuple[str, str]]:
        """Return the (extractor, layer) of which real features ship."""
        return {(r.extractor, r.layer) for r in self.references}

    def spaces(self, extractors: list[ExtractorInfo]) -> dict[str, FeatureSpace]:
        """Return the feature spaces that these images can be seen in now, by "extractor:layer", the quick one first."""
        found = [FeatureSpace(e, layer) for e in extractors for layer in e.layers]
        return {s.key: s for s in found if self.info is not None or (s.extractor.key, s.layer) in self.shipped}

    def note(self, space: FeatureSpace) -> str:
        """Return what a reader must wait for: features of real images that do not ship, though others of theirs do."""
        if not self.shipped or (space.extractor.key, space.layer) in self.shipped:
            return ""
        return f"Real features of layer {space.layer} are not shipped, computed on first use (minutes) and kept."


@dataclass(frozen=True)
class FeatureSpace:
    """One layer of one extractor."""

    extractor: ExtractorInfo
    layer: str

    @property
    def key(self) -> str:
        """Return the name that the address carries."""
        return f"{self.extractor.key}:{self.layer}"

    def option(self) -> str:
        """Return how the choice reads in a list, with what the Fréchet distance is called there."""
        return f"{self.extractor.key} {self.layer} ({self.extractor.distances()[self.layer]})"


def real_choices() -> dict[str, Real]:
    """Return what can stand for real images, by name: cifar10 first, then other shipped or imported ones."""
    shipped: dict[str, tuple[ReferenceInfo, ...]] = {}
    for reference in shipped_references():
        shipped[reference.dataset] = (*shipped.get(reference.dataset, ()), reference)
    imported = {info.name: info for info in list_datasets() if info.n_train > 1}
    names = sorted({*shipped, *imported}, key=lambda name: (name != FIRST, name not in shipped, name))
    return {name: Real(name, imported.get(name), shipped.get(name, ())) for name in names}


def pick_real(key: str) -> Real:
    """Show the choice of real images with their facts and a fold to add a data set; the address keeps it."""
    known = real_choices()
    ask_for_new("data", key, known)
    first = next(iter(known))
    address.read("data", key, known, [first])
    name = st.selectbox("Data set", list(known), key=key, format_func=lambda n: known[n].option() if n in known else n)
    address.write("data", key, [first])
    new_written(key, {real.name: real.info for real in known.values() if real.info is not None})
    chosen = known[name]
    if chosen.info is not None:
        st.caption(facts(chosen.info))
    else:
        st.caption(
            f"The images of {plain(name)} are not imported: its features ship with TDOT, real points have no picture."
        )
        if chosen.name == CIFAR10:
            get_cifar10(key, "a picture of every real point, the oracle, and the nearest training images")
    return chosen


def add_fold(key: str) -> None:
    """Show the fold that adds a data set, which `pick_real` of the same key then takes over."""
    with st.expander("Add a data set", icon=":material/add_photo_alternate:", key=f"{key}_add"):
        add_dataset(key)


def pick_space(real: Real, key: str) -> FeatureSpace | None:
    """Show the choice of extractor and layer with what it costs first; None when none is ready and none was asked for.

    Weights are never downloaded unless the reader chose their layer.
    """
    spaces = real.spaces(available_extractors())
    ready = [name for name, space in spaces.items() if space.extractor.ready]
    asked_for = st.session_state.get(key) in spaces or any(name in spaces for name in asked("features"))
    if not ready and not asked_for:
        return None
    first = next(iter(ready or spaces))
    address.read("features", key, spaces, [first])
    name = st.selectbox(
        "Features", list(spaces), key=key, format_func=lambda s: spaces[s].option() if s in spaces else s
    )
    address.write("features", key, [first])
    chosen = spaces[name]
    for note in filter(None, (chosen.extractor.note, real.note(chosen))):
        st.caption(f":material/info: {plain(note)}")
    return chosen


def more_layers(real: Real, space: FeatureSpace, key: str) -> tuple[str, ...]:
    """Show the choice of further layers of the same extractor, which one forward gives too; return all, the first first."""
    spaces = real.spaces([space.extractor])
    others = [one.layer for one in spaces.values() if one.layer != space.layer]
    if not others:
        return (space.layer,)
    names = {one.layer: one.extractor.distances()[one.layer] for one in spaces.values()}
    address.read("layer", key, others, [], many=True)
    more = st.multiselect(
        "Further layers, from the same forward",
        others,
        key=key,
        format_func=lambda layer: f"{layer} ({names.get(layer, layer)})",
    )
    address.write("layer", key, [])
    return (space.layer, *more)
