"""Turning what people name (a key, a run, a folder) into priors and denoisers ready to draw."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch

from tdot_core.config import identity, recorded_config
from tdot_core.errors import TdotError, unknown_name
from tdot_core.maths.reach import lowest_t
from tdot_core.maths.schedule import NoiseSchedule
from tdot_core.models.arithmetic import DRAWING, FP32
from tdot_core.models.denoiser import Denoiser
from tdot_core.models.denoiser_training import DenoiserTraining
from tdot_core.models.precision import Arithmetic, LowPrecision
from tdot_core.models.wiener import WienerDenoiser
from tdot_core.models.wiener_training import WienerTraining
from tdot_core.priors import priors
from tdot_core.priors.base import Prior
from tdot_core.services.datasets import load_dataset
from tdot_core.services.datasets.records import record_of
from tdot_core.services.runs.checkpoints import load_weights, sha256
from tdot_core.services.runs.store import Run, find_run, list_runs
from tdot_core.services.runs.store import best_run as best_run
from tdot_core.services.sampling.given_starts import read_starts

DEFAULT_DATASET = "cifar10"
NETS: dict[str, type[DenoiserTraining | WienerTraining]] = {cls.key: cls for cls in (DenoiserTraining, WienerTraining)}
"""The kinds of run that denoise."""

Net = Denoiser | WienerDenoiser | LowPrecision


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
        return lowest_t(self.t_train)


@dataclass(frozen=True)
class LoadedNet:
    """A denoiser ready to denoise, with the schedule it was trained under.

    build: makes the network, once, when it is first asked for; precision: fp32 or bf16; note: what a reader must know.
    """

    id: str
    build: Callable[[], Net]
    schedule: NoiseSchedule
    fingerprint: str
    precision: str = FP32
    note: str = ""

    @cached_property
    def net(self) -> Net:
        """Return the network, built now when it was not before; raises TdotError as `build` does."""
        return self.build()


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def load_prior(name: str, device: torch.device | str = "cpu", dataset: str = DEFAULT_DATASET) -> LoadedPrior:
    """Load a prior by key (its best run), run id, or KEY:DATASET for those that draw from files (oracle, imported), or
    imported:FILE.npz for another prior's own x_t.

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
    prior = priors.get(run.kind)(recorded_config(prior.Config, run.config), device)
    prior.load_weights(load_weights(run.path))
    return LoadedPrior(
        name if name in known else run.id,
        prior,
        _digest(run.kind, sha256(run.weights_path), identity(prior.config)),
        run,
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
    "prior": "its key, a run id, imported:DATASET for images made elsewhere (`data import` takes them), or imported:FILE.npz "
    "for another prior's own x_t",
    "denoiser": "a run id, a diffusers folder or a hub id",
}


def _is_file(name: str) -> bool:
    try:
        return Path(name).expanduser().is_file()
    except (OSError, ValueError, RuntimeError):
        return False


def _load_from_files(name: str, key: str, dataset: str, device: torch.device | str) -> LoadedPrior:
    prior = priors.get(key)(device=device)
    if key == "imported" and _is_file(dataset) and record_of(dataset) is None:
        given, digest = read_starts(Path(dataset).expanduser())
        for _ in prior.fit(given, prior.config, torch.Generator()):
            pass
        return LoadedPrior(name, prior, _digest(key, digest))
    data = load_dataset(dataset)
    split = prior.config.split
    for _ in prior.fit(data.training_data(split), prior.config, torch.Generator()):
        pass
    return LoadedPrior(name, prior, _digest(key, data.info.id, split))


def load_net(name: str = "denoiser", device: torch.device | str = "cpu", precision: str = FP32) -> LoadedNet:
    """Load a denoiser: "denoiser" or "wiener" (the best run), a run id, a diffusers folder, or a hub id. Eval mode, channels_last.

    precision: fp32, or bf16 where the device computes in it. Raises TdotError for what does not exist or cannot be had here.
    """
    _check_precision(precision, device)
    place = name.partition("@class=")[0]
    if Path(place).expanduser().is_dir() or ("/" in place and not Path(place).exists()):
        return _foreign_net(name, device, precision)
    run = best_run(name) if name in NETS else find_run_of(name, "denoiser", list(NETS))
    if run is None:
        raise TdotError(f"There is no {name} yet. Train one: python -m tdot_core train {name} --dataset cifar10")
    return _net_of_run(name, run, device, precision)


def _foreign_net(name: str, device: torch.device | str, precision: str) -> LoadedNet:
    from tdot_core.models.foreign_denoiser import load_foreign_denoiser

    foreign = load_foreign_denoiser(name)
    net, schedule = foreign.net, foreign.schedule
    # What the tensors do not say: two networks of equal tensors may differ in time, eps, heads or activation.
    said = (foreign.settings, schedule.name, schedule.alpha_bar.tobytes().hex(), foreign.target, str(net.label))
    digest = _digest(_module_digest(net), *said)
    ready = _ready(net, device, precision)
    return LoadedNet(name, lambda: ready, schedule, _in(precision, digest), precision, foreign.note)


def _check_precision(precision: str, device: torch.device | str) -> None:
    if precision not in DRAWING:
        raise unknown_name("precision", precision, DRAWING)
    Arithmetic(precision, torch.device(device))


def _in(precision: str, fingerprint: str) -> str:
    return fingerprint if precision == FP32 else _digest(fingerprint, precision)


def _net_of_run(name: str, run: Run, device: torch.device | str, precision: str) -> LoadedNet:
    cls = NETS[run.kind]
    training = cls(recorded_config(cls.Config, run.config), device)
    training.load_weights(load_weights(run.path))
    assert training.net is not None
    ready = _ready(training.net, device, precision)
    return LoadedNet(
        name,
        lambda: ready,
        NoiseSchedule(training.config.schedule),
        _in(precision, _net_fingerprint(run, training.config)),
        precision,
    )


def _net_fingerprint(run: Run, config: object) -> str:
    return _digest(run.kind, sha256(run.weights_path), identity(config))


def waiting_net(name: str = "denoiser", device: torch.device | str = "cpu", precision: str = FP32) -> LoadedNet:
    """Return a denoiser as `load_net` does, its network built only when it is used where a run's weights are there.

    What was drawn before needs no network, and building one takes seconds. A run's is known by its weights' hash; its `net` raises
    TdotError for damaged weights, and for others than were there when the hash was taken.
    """
    run = best_run(name) if name in NETS else next((r for r in list_runs() if r.kind in NETS and r.id == name), None)
    if run is None or not run.weights_path.exists():
        return load_net(name, device, precision)
    _check_precision(precision, device)
    config: Any = recorded_config(NETS[run.kind].Config, run.config)
    known = _in(precision, _net_fingerprint(run, config))

    def build() -> Net:
        built = _net_of_run(name, run, device, precision)
        if built.fingerprint != known:
            raise TdotError(f"The weights of {name} were replaced since this work began. Begin it again.")
        return built.net

    return LoadedNet(name, build, NoiseSchedule(config.schedule), known, precision)


def _ready(net: Denoiser | WienerDenoiser, device: torch.device | str, precision: str) -> Net:
    ready = net.to(device).to(memory_format=torch.channels_last).eval()
    return ready if precision == FP32 else LowPrecision(ready, torch.device(device)).eval()


def _module_digest(net: Denoiser) -> str:
    digest = hashlib.sha256()
    for name, tensor in sorted(net.state_dict().items()):
        digest.update(name.encode() + tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]
