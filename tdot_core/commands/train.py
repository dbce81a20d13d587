"""Train a prior or a network."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Callable
from typing import Any

from tdot_core.commands.bar import show
from tdot_core.commands.report import Report, add_json
from tdot_core.config import parse_setting
from tdot_core.errors import TdotError
from tdot_core.services.jobs.group import agreed_run, joined, of_several
from tdot_core.services.jobs.launcher import start
from tdot_core.services.jobs.ray_training import cluster_for, train_on_cluster
from tdot_core.services.jobs.together import work_together
from tdot_core.services.runs.status import RunStatus
from tdot_core.services.runs.store import Run
from tdot_core.services.training.preset_catalogue import Preset, preset_settings, presets_of

NAME = "train"
HELP = "Train a prior (vae, gan, ot, gaussian, ...), the denoiser or the feature network (cifar-cnn)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments; the settings of the chosen model are options too (--epochs 32)."""
    parser.add_argument("key", help="what to train; --list-settings shows what each can be told")
    parser.add_argument("--dataset", default="cifar10", help="data set name or id (default cifar10)")
    parser.add_argument("--seed", type=int, default=0, help="seed of weights, noise and data order (default 0)")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")
    parser.add_argument("--label", default="", help="a name for people")
    parser.add_argument(
        "--preset",
        default="",
        metavar="NAME",
        help="settings by name, such as two-minutes, published or best; others may follow",
    )
    parser.add_argument(
        "--launcher", choices=("local", "ray"), default="local", help="ray: share it among workers of a Ray cluster"
    )
    parser.add_argument("--address", default="", help="with --launcher ray: auto (default) or HOST:PORT")
    parser.add_argument(
        "--processes", type=int, default=0, help="with --launcher ray: how many workers, a GPU or CPU each (default 1)"
    )
    parser.add_argument("--detach", action="store_true", help="train in the background and return at once")
    parser.add_argument(
        "--estimate", action="store_true", help="measure a few steps, say how long all would take and stop"
    )
    parser.add_argument(
        "--list-settings", action="store_true", help="list the settings and presets of this model and stop"
    )
    parser.epilog = (
        "Every setting is an option: train ot --t-train 10 --epochs 32. `train KEY --list-settings` lists them."
    )
    add_json(parser)


def take_settings(args: argparse.Namespace, extra: list[str]) -> None:
    """Read what is left of the command line as settings: --name value, --name=value, or a bare --flag for true."""
    from tdot_core.services.runs.kinds import find_trainable

    config = find_trainable(args.key).Config
    settings: dict[str, Any] = {}
    words = list(extra)
    while words:
        word = words.pop(0)
        if not word.startswith("--"):
            raise TdotError(f"Expected a setting such as --epochs 32, found {word[:80]!r}.")
        name, given, text = word[2:].partition("=")
        if not given:
            text = words.pop(0) if words and not words[0].startswith("--") else "true"
        name = name.replace("-", "_")
        settings[name] = parse_setting(config, name, text)
    args.settings = preset_settings(args.key, args.preset, settings) if args.preset else settings


def run(args: argparse.Namespace) -> Report:
    """Create the run and train it here, or in the background with --detach."""
    from tdot_core.services.training.session import create_training

    if args.list_settings:
        return _settings_report(args.key)
    if args.estimate:
        return _estimate(args)
    _check_launcher(args)

    def create(device: str) -> Run:
        return create_training(args.key, args.dataset, args.settings, seed=args.seed, device=device, label=args.label)

    if args.launcher == "ray":
        made, status = _train_on_cluster(create, args)
    else:
        with joined(args.device):
            made = agreed_run(lambda: create(args.device))
            status = start(made) if args.detach else _train_here(made)
    document = {
        "run": made.id,
        "state": status.state,
        "step": status.step,
        "total": status.total,
        "message": status.message,
    }
    text = f"{made.id}: {status.state} at step {status.step} of {status.total}. {status.message}"
    return Report(document, text, exit_code=1 if status.state == "failed" else 0)


def _check_launcher(args: argparse.Namespace) -> None:
    if args.detach and of_several():
        raise TdotError("--detach starts a process of its own; leave it out under torchrun.")
    if args.launcher == "ray" and (args.detach or of_several()):
        raise TdotError("--launcher ray starts the workers and waits for them; leave out --detach and torchrun.")
    if args.launcher != "ray" and (args.address or args.processes):
        raise TdotError("--address and --processes belong to --launcher ray.")


def _train_on_cluster(create: Callable[[str], Run], args: argparse.Namespace) -> tuple[Run, RunStatus]:
    from tdot_core.services.runs.kinds import find_trainable

    processes = args.processes or 1
    if processes > 1 and not find_trainable(args.key).parallel:
        raise TdotError(f"A training of {args.key} takes one process, found --processes {processes}.")
    with cluster_for(args.address, args.device, processes) as device:
        made = create(device)
        try:
            return made, train_on_cluster(made, processes, show)
        finally:
            show.close()


def _train_here(made: Run) -> RunStatus:
    """Train in this process, and leave it where it follows another one, which reports."""
    try:
        status = work_together(made, show)
    finally:
        show.close()
    if status is None:
        raise SystemExit(0)
    return status


def _estimate(args: argparse.Namespace) -> Report:
    from tdot_core.services.training.rate import keep_rate, measure_rate, rate_key

    name = rate_key(args.key, args.dataset, args.settings, args.device)
    rate = measure_rate(args.key, args.dataset, args.settings, args.device)
    keep_rate(name, rate)
    text = (
        f"{rate.steps:,} steps of {rate.seconds:.3g} s, after {rate.begin:.1f} s to begin: {rate.total / 60:.1f} min; "
        f"{rate.memory / 1e9:.1f} GB of memory at the largest."
    )
    return Report({**dataclasses.asdict(rate), "total": rate.total}, text)


def _settings_report(key: str) -> Report:
    from tdot_core.services.runs.kinds import find_trainable

    rows = [
        {
            "name": f.name,
            "default": f.default,
            "help": f.metadata["help"],
            "low": f.metadata["low"],
            "high": f.metadata["high"],
            "choices": list(f.metadata["choices"]),
        }
        for f in dataclasses.fields(find_trainable(key).Config)
    ]
    lines = [f"--{row['name'].replace('_', '-'):<18} {row['default']!s:<10} {row['help']}" for row in rows]
    lines += [f"--preset {p.name:<12} {_minutes(p)}{p.label}. {p.summary}" for p in presets_of(key)]
    return Report(rows, "\n".join(lines))


def _minutes(preset: Preset) -> str:
    return f"about {preset.minutes:g} min. " if preset.minutes else ""
