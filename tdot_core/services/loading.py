"""Turning what people name (a key, a run, a folder) into priors and denoisers ready to draw."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import torch

from tdot_core.config import build_config
from tdot_core.errors import TdotError, unknown_name
from tdot_core.maths.schedule import NoiseSchedule
from tdot_core.models.arithmetic import DRAWING, FP32
from tdot_core.models.denoiser import Denoiser
from tdot_core.models.denoiser_training import DenoiserTraining
from tdot_core.models.precision import LowPrecision, Precision
from tdot_core.priors import priors
from tdot_core.priors.base import Prior
from tdot_core.services.datasets import load_dataset
from tdot_core.services.runs.best import best_run as best_run
from tdot_core.services.runs.checkpoints import load_weights, sha256
from tdot_core.services.runs.store import Run, find_run, list_runs

DEFAULT_DATASET = "cifar10"


@dataclass(frozen=True)
class LoadedPrior:
    """A prior ready to draw. id: what names it (key, run id, key:dataset); fingerprint: hash of all that its images depend on."""

    id: str
    prior: Prior
    fingerprint: str
    run: Run | None = None

    @property
    def key(self) -> str:
        """Return the kind of prior."""
        return self.prior.key

    @property
    def label(self) -> str:
        """Return its name for people: the run's own label where there is one."""
        named = self.run.spec.get("label") if self.run is not None else None
        return str(named or self.prior.label)

    @property
    def t_train(self) -> int | None:
        """Return the step it was trained at, or None when it draws at any t."""
        return None if self.prior.any_t else self.prior.t_train

    @property
    def lowest_t(self) -> int:
        """Return the smallest t_star it can serve."""
        return max(self.t_train or 1, 1)


@dataclass(frozen=True)
class LoadedNet:
    """A denoiser ready to denoise, with the schedule it was trained under. precision: fp32 or bf16."""

    id: str
    net: Denoiser | LowPrecision
    schedule: NoiseSchedule
    fingerprint: str
    precision: str = FP32


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def load_prior(name: str, device: torch.device | str = "cpu", dataset: str = DEFAULT_DATASET) -> LoadedPrior:
    """Load a prior by key (its best run), run id, or KEY:DATASET for those that draw from files (oracle, imported).

    dataset: what `oracle` and `imported` draw from when the name does not say. Raises TdotError naming what is known,
    what is missing, or what is damaged.
    """
    key, _, named = name.partition(":")
    known = priors.all()
    if key in known and known[key].needs_data:
        return _load_from_files(name, key, named or dataset, device)
    if key in known and not known[key].trainable:
        return LoadedPrior(name, known[key](device=device), _digest(key))
    run = best_run(name) if name in known else find_run_of(name, "prior", list(known))
    if run is None:
        raise TdotError(
            f"There is no trained {name} prior yet. Train one: python -m tdot_core train {name} --dataset digits"
        )
    prior = priors.get(run.kind)(device=device)
    prior = priors.get(run.kind)(build_config(prior.Config, run.config), device)
    prior.load_weights(load_weights(run.path))
    return LoadedPrior(
        name if name in known else run.id, prior, _digest(run.kind, sha256(run.weights_path), repr(prior.config)), run
    )


def find_run_of(name: str, what: str, kinds: list[str]) -> Run:
    """Find a run by id whose kind is one of kinds; raises TdotError listing keys and runs that would do."""
    fitting = [run.id for run in list_runs() if run.kind in kinds]
    if name not in fitting:
        if _is_file(name):
            raise TdotError(
                f"{Path(name).name!r} is a file, and was not opened. A {what} is named by {_NAMED_BY[what]}."
            )
        known = ", ".join(dict.fromkeys([*(k for k in kinds if what == "prior"), *fitting])) or "none yet"
        found = f" {find_run(name).id} is a {find_run(name).kind} run." if name in [r.id for r in list_runs()] else ""
        raise TdotError(f"Unknown {what} {name[:80]!r}.{found} Known: {known}.")
    return find_run(name)


_NAMED_BY = {
    "prior": "its key, a run id, or imported:DATASET for images made elsewhere (`data import` takes a folder or zip)",
    "denoiser": "a run id, a diffusers folder or a hub id",
}


def _is_file(name: str) -> bool:
    try:
        return Path(name).expanduser().is_file()
    except (OSError, ValueError, RuntimeError):
        return False


def _load_from_files(name: str, key: str, dataset: str, device: torch.device | str) -> LoadedPrior:
    prior = priors.get(key)(device=device)
    data = load_dataset(dataset)
    split = prior.config.split
    for _ in prior.fit(data.training_data(split), prior.config, torch.Generator()):
        pass
    return LoadedPrior(name, prior, _digest(key, data.info.id, split))


def load_net(name: str = "denoiser", device: torch.device | str = "cpu", precision: str = FP32) -> LoadedNet:
    """Load a denoiser: "denoiser" (the best run), a run id, a diffusers folder, or a hub id. Eval mode, channels_last.

    precision: fp32, or bf16 where the device computes in it. Raises TdotError for what does not exist or cannot be had here.
    """
    _check_precision(precision, device)
    if Path(name).expanduser().is_dir() or ("/" in name and not Path(name).exists()):
        from tdot_core.models.foreign_denoiser import load_foreign_denoiser

        foreign, schedule = load_foreign_denoiser(name)
        return LoadedNet(
            name, _ready(foreign, device, precision), schedule, _in(precision, _module_digest(foreign)), precision
        )
    run = best_run("denoiser") if name == "denoiser" else find_run_of(name, "denoiser", ["denoiser"])
    if run is None:
        raise TdotError("There is no denoiser yet. Train one: python -m tdot_core train denoiser --dataset cifar10")
    return _net_of_run(name, run, device, precision)


def _check_precision(precision: str, device: torch.device | str) -> None:
    if precision not in DRAWING:
        raise unknown_name("precision", precision, DRAWING)
    Precision(precision, torch.device(device))


def _in(precision: str, fingerprint: str) -> str:
    return fingerprint if precision == FP32 else _digest(fingerprint, precision)


def _net_of_run(name: str, run: Run, device: torch.device | str, precision: str) -> LoadedNet:
    training = DenoiserTraining(build_config(DenoiserTraining.Config, run.config), device)
    training.load_weights(load_weights(run.path))
    assert training.net is not None
    return LoadedNet(
        name,
        _ready(training.net, device, precision),
        NoiseSchedule(training.config.schedule),
        _in(precision, _net_fingerprint(run, training.config)),
        precision,
    )


def _net_fingerprint(run: Run, config: object) -> str:
    return _digest("denoiser", sha256(run.weights_path), repr(config))


class WaitingNet(LoadedNet):
    """A denoiser of a run that is known by its weights' hash and built when first asked for its network.

    What was drawn before needs no network, and building one takes seconds. `net` raises TdotError for damaged weights, and
    for others than were there when the hash was taken.
    """

    def __init__(self, name: str, run: Run, device: torch.device | str, precision: str) -> None:
        config = build_config(DenoiserTraining.Config, run.config)
        print_ = _in(precision, _net_fingerprint(run, config))
        facts = {"id": name, "schedule": NoiseSchedule(config.schedule), "fingerprint": print_, "precision": precision}
        self.__dict__ |= facts | {"_build": lambda: _net_of_run(name, run, device, precision)}

    @cached_property
    def net(self) -> Denoiser | LowPrecision:
        """Return the network, built now when it was not before."""
        built: LoadedNet = self.__dict__["_build"]()
        if built.fingerprint != self.fingerprint:
            raise TdotError(f"The weights of {self.id} were replaced since this work began. Begin it again.")
        return built.net


def waiting_net(name: str = "denoiser", device: torch.device | str = "cpu", precision: str = FP32) -> LoadedNet:
    """Return a denoiser as `load_net` does, its network built only when it is used where a run's weights are there."""
    run = best_run("denoiser") if name == "denoiser" else next((r for r in list_runs("denoiser") if r.id == name), None)
    if run is None or not run.weights_path.exists():
        return load_net(name, device, precision)
    _check_precision(precision, device)
    return WaitingNet(name, run, device, precision)


def _ready(net: Denoiser, device: torch.device | str, precision: str) -> Denoiser | LowPrecision:
    ready = net.to(device).to(memory_format=torch.channels_last).eval()
    return ready if precision == FP32 else LowPrecision(ready, torch.device(device)).eval()


def _module_digest(net: Denoiser) -> str:
    digest = hashlib.sha256()
    for name, tensor in sorted(net.state_dict().items()):
        digest.update(name.encode() + tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]
