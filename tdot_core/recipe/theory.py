"""Measuring what linear theory predicts from: the data's spectrum, and the shipped priors' moments along its components."""

from __future__ import annotations

import io
from collections.abc import Callable, Generator

import numpy as np
import numpy.typing as npt
import torch

from tdot_core.errors import TdotError
from tdot_core.priors import priors
from tdot_core.progress import Progress, finish
from tdot_core.services.catalogue.theory import PriorMoments, Theory, find_theory, theory_path
from tdot_core.services.compute.device import find_device
from tdot_core.services.datasets import load_dataset
from tdot_core.services.datasets.moments import pixel_moments
from tdot_core.services.runs.store import Run, list_runs
from tdot_core.services.sampling.loading import LoadedPrior, load_prior
from tdot_core.services.storage.files import write_atomically, write_json
from tdot_core.services.storage.version import code_version

N, FIRST_SEED, BLOCK = 20_000, 3_000_000, 500
"""Images per prior, of seeds that no other measurement uses. A perfect prior would seem to be wrong by 1.5 / N of the variance."""

Float64 = npt.NDArray[np.float64]
Show = Callable[[Progress], None]


def build_theory(dataset: str, device: str, show: Show) -> str:
    """Measure every shipped prior that is new or has changed, and write the file; return "unchanged" or "measured"."""
    info = load_dataset(dataset).info
    runs = [run for run in list_runs() if run.shipped and run.kind in priors.all() and _made_of(run) == dataset]
    loaded = {run.id: load_prior(run.id, find_device(device)) for run in runs}
    known = _known(dataset, info.id)
    if known and list(known) == list(loaded) and all(_same(known[name], loaded[name]) for name in loaded):
        return "unchanged"
    eigenvalues, vectors, mean = _spectrum(dataset, show)
    found = tuple(
        known[run.id]
        if run.id in known and _same(known[run.id], loaded[run.id])
        else finish(_measure(run, loaded[run.id], vectors, mean), show)
        for run in runs
    )
    _write(Theory(dataset, info.id, info.n_train, eigenvalues, mean, found))
    return "measured"


def _known(dataset: str, dataset_id: str) -> dict[str, PriorMoments]:
    try:
        earlier = find_theory(dataset)
    except TdotError:
        return {}
    return {one.name: one for one in earlier.priors} if earlier is not None and earlier.dataset_id == dataset_id else {}


def _made_of(run: Run) -> str:
    named = run.spec.get("dataset")
    return str(named.get("name", "")) if isinstance(named, dict) else ""


def _same(known: PriorMoments, loaded: LoadedPrior) -> bool:
    return (known.fingerprint, known.n, known.label) == (loaded.fingerprint, N, loaded.label)


def _spectrum(dataset: str, show: Show) -> tuple[Float64, Float64, Float64]:
    """Return eigenvalues (d,), eigenvectors (d, d) as columns, both largest first, and the mean along them (d,)."""
    moments = finish(pixel_moments(load_dataset(dataset)), show)
    show(Progress(0, 1, {}, "eigenpairs"))
    values, vectors = np.linalg.eigh(moments.cov_f)
    return values[::-1].clip(min=0), vectors[:, ::-1], moments.mean_f @ vectors[:, ::-1]


@torch.inference_mode()
def _measure(run: Run, loaded: LoadedPrior, vectors: Float64, mean: Float64) -> Generator[Progress, None, PriorMoments]:
    t_train = loaded.t_train or 0
    basis = torch.from_numpy(vectors.astype(np.float32))
    true = float(loaded.prior.schedule.alpha_bar[t_train]) ** 0.5 * mean
    first, second = np.zeros_like(mean), np.zeros_like(mean)
    for start in range(0, N, BLOCK):
        yield Progress(start, N, {}, run.id)
        seeds = range(FIRST_SEED + start, FIRST_SEED + min(start + BLOCK, N))
        y = (loaded.prior.sample(seeds, t_train).flatten(1) @ basis).double().numpy() - true
        first += y.sum(axis=0)
        second += np.square(y).sum(axis=0)
    error = first / N
    variance = (second - N * np.square(error)) / (N - 1)
    return PriorMoments(run.id, loaded.label, loaded.key, t_train, N, loaded.fingerprint, error, variance)


def _write(theory: Theory) -> None:
    arrays = {"eigenvalues": theory.eigenvalues, "mean": theory.mean}
    for prior in theory.priors:
        arrays |= {f"{prior.name}/mean_error": prior.mean_error, f"{prior.name}/variance": prior.variance}
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer, allow_pickle=False, **{name: array.astype(np.float32) for name, array in arrays.items()}
    )
    facts = {
        "dataset_id": theory.dataset_id,
        "n": theory.n,
        "first_seed": FIRST_SEED,
        "code_version": code_version(),
        "priors": {
            prior.name: {name: getattr(prior, name) for name in ("label", "key", "t_train", "n", "fingerprint")}
            for prior in theory.priors
        },
    }
    path = theory_path(theory.dataset)
    write_atomically(path, lambda temporary: temporary.write_bytes(buffer.getvalue()))
    write_json(path.with_suffix(".json"), facts)
