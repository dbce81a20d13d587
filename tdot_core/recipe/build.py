"""The whole recipe: models, references, the table, studies, spectra, the gallery, the first drawing, the manifest, each skipped when nothing it depends on changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from tdot_core.errors import unknown_name
from tdot_core.progress import Progress
from tdot_core.recipe.building import build_model
from tdot_core.recipe.first_draw import build_first_draw
from tdot_core.recipe.gallery import build_gallery
from tdot_core.recipe.items import DATASET, REFERENCES, ModelItem, model_items
from tdot_core.recipe.manifest import write_manifest
from tdot_core.recipe.reference import build_reference
from tdot_core.recipe.studies import STUDIES
from tdot_core.recipe.study import build_study
from tdot_core.recipe.table import build_table, sweep_path
from tdot_core.recipe.theory import build_theory

TABLE, THEORY, GALLERY, FIRST_DRAW, MANIFEST = "benchmark", "theory", "gallery", "first-draw", "manifest"

Show = Callable[[Progress], None]
Work = Callable[[Show], str]


def build_works(
    preset: str, only: Iterable[str] = (), *, dataset: str = DATASET, device: str = "auto"
) -> Iterator[tuple[str, Work]]:
    """Yield (name, work) of what to build, in the order that dependencies ask for; work(show) returns the outcome.

    only: names of models, references ("cifar-cnn-penultimate", "inception-64", ...), "benchmark", studies, "theory", "gallery", "first-draw", "manifest"; empty for
    everything. The manifest follows whatever was built. Raises TdotError for an unknown preset or name.
    """
    models = model_items(preset)
    wanted = list(dict.fromkeys(only))
    works = _works(models, dataset, device)
    for name in wanted:
        if name not in works:
            raise unknown_name("asset", name, works)
    return ((name, work) for name, work in works.items() if not wanted or name in wanted or name == MANIFEST)


def _works(models: tuple[ModelItem, ...], dataset: str, device: str) -> dict[str, Work]:
    return {
        **{item.name: partial(build_model, item, dataset, device) for item in models},
        **{item.name: partial(build_reference, item, dataset, device) for item in REFERENCES},
        TABLE: partial(build_table, sweep_path(), dataset, device),
        **{study.name: partial(build_study, study, dataset, device) for study in STUDIES},
        THEORY: partial(build_theory, dataset, device),
        GALLERY: lambda show: build_gallery(),
        FIRST_DRAW: lambda show: build_first_draw(),
        MANIFEST: lambda show: write_manifest(),
    }
