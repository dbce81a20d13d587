"""Content hashes of what a sweep names, read from disk without torch; an unknown name is refused before anything starts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from tdot_core.errors import TdotError, unknown_name
from tdot_core.maths.grids import grids
from tdot_core.models.extractors import extractors
from tdot_core.models.package_file import installed_file
from tdot_core.services.catalogue.chains import sampler_catalogue
from tdot_core.services.catalogue.divisions import network_catalogue
from tdot_core.services.catalogue.priors import prior_catalogue
from tdot_core.services.datasets import load_dataset
from tdot_core.services.features.references import shipped_references
from tdot_core.services.runs.store import Run, best_run, list_runs
from tdot_core.services.sweep.cells import Cell, Training

NETS = ("denoiser", "wiener")


def identities_of(cells: Iterable[Cell]) -> dict[str, str]:
    """Return the content hash behind every data set, prior, net and lent network that the cells name, for `build_graph`.

    Raises TdotError for one that does not exist, and for unknown samplers, grids and extractors.
    """
    cells = list(cells)
    infos = {info.key: info for info in prior_catalogue()}
    found = {f"dataset:{name}": _dataset(name, cells) for name in {cell.dataset for cell in cells}}
    for sampler in {cell.sampler for cell in cells} - set(sampler_catalogue()):
        raise unknown_name("sampler", sampler, sampler_catalogue())
    for grid in {cell.grid for cell in cells} - set(grids.all()):
        raise unknown_name("time grid", grid, grids.all())
    for extractor in {cell.extractor for cell in cells}:
        extractors.get(extractor)
    for net in {cell.net for cell in cells}:
        found[f"net:{net}"] = _net(net)
    for name, dataset in {(cell.prior, cell.dataset) for cell in cells if isinstance(cell.prior, str)}:
        found[f"prior:{name} of {dataset}"] = _prior(
            name, dataset, {k: (i.trainable, i.needs_data) for k, i in infos.items()}
        )
    for kind in {cell.prior.kind for cell in cells if isinstance(cell.prior, Training)}:
        if kind not in infos or not infos[kind].trainable:
            raise unknown_name("prior that can be trained", kind, [k for k, i in infos.items() if i.trainable])
    for network, run in {cell.prior.network for cell in cells if isinstance(cell.prior, Training)}:
        if weights := _lent(network, run):
            found[f"network:{network} {run}"] = weights
    return found


def _dataset(name: str, cells: Iterable[Cell]) -> str:
    try:
        return load_dataset(name).info.id
    except TdotError:
        # Without its images the statistics that ship serve rows, though no training and no held-out image.
        asked = {cell.extractor for cell in cells if cell.dataset == name}
        shipped = _shipped(name)
        trains = any(isinstance(cell.prior, Training) and cell.dataset == name for cell in cells)
        if trains or not asked <= shipped.keys():
            raise
        return f"shipped {shipped[min(asked)]}"


def _shipped(dataset: str) -> dict[str, str]:
    return {info.extractor: info.dataset_id for info in shipped_references() if info.dataset == dataset}


def _net(name: str) -> str:
    run = best_run(name) if name in NETS else next((r for r in list_runs() if r.id == name and r.kind in NETS), None)
    if run is not None:
        return _weights(run)
    if Path(name).expanduser().is_dir() or "/" in name:
        return f"foreign {name}"
    raise unknown_name("denoiser", name, [*NETS, *(r.id for r in list_runs() if r.kind in NETS)])


def _prior(name: str, dataset: str, kinds: dict[str, tuple[bool, bool]]) -> str:
    key, _, named = name.partition(":")
    trainable, needs_data = kinds.get(key, (True, False))
    if needs_data:
        return f"{key} {load_dataset(named or dataset).info.id}"
    if key in kinds and not trainable:
        return key
    run = best_run(name) if name in kinds else next((r for r in list_runs() if r.id == name and r.kind in kinds), None)
    if run is None:
        raise unknown_name("prior", name, [*kinds, *(r.id for r in list_runs() if r.kind in kinds)])
    return _weights(run)


def _lent(network: str, name: str) -> str:
    """Return the identity of the weights that a training looks through, "" where the network has none or is not known."""
    info = network_catalogue().get(network)
    if info is not None and info.package:
        return f"{info.package} {_hash(installed_file(info.package))}"
    if info is None or not info.run:
        return ""
    known = {run.id: run for run in list_runs(info.run)}
    run = known.get(name) if name else best_run(info.run)
    if run is None:
        raise unknown_name(f"{info.run} run with weights", name or info.run, known)
    return _weights(run)


def _weights(run: Run) -> str:
    if not run.weights_path.exists():
        raise TdotError(f"{run.id} has no weights yet. Train it first, or leave it out.")
    return f"{run.kind} {_hash(run.weights_path)}"


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:24]
